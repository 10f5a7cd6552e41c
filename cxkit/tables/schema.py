"""The nine tables: what one row is, which columns it needs, which it may have, and what others call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cxkit.errors import choice


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        What the kit calls it.
    kind : {"id", "number", "time", "text", "flag"}
        What it holds once read: ids and texts are text, numbers float64, times naive in the stated time zone.
    required : bool
        Whether the table is useless without it.
    description : str
        What it means, with its unit.
    synonyms : tuple of str
        What exports call it. They are suggested, never mapped silently.
    """

    name: str
    kind: str
    required: bool = False
    description: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schema:
    """One table: its columns and its rules.

    Attributes
    ----------
    name : str
        The table's name, as given to `cxkit.read`.
    row : str
        What one row is.
    columns : tuple of Column
        Known columns. Others are kept as they are.
    time : str
        The column that dates a row; `as_of` cuts on it. Empty for a table without one.
    key : str
        The column that should name a row only once, or empty.
    either : tuple of str
        At least one of these columns must be there.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    time: str = ""
    key: str = ""
    either: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Names of the known columns, in order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column | None:
        """The known column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def required(self) -> list[str]:
        """Names of the columns without which the table is refused."""
        return [column.name for column in self.columns if column.required]


def _columns(lines: str, *required: str) -> tuple[Column, ...]:
    """Read the column lists below: `name kind | what it means | what others call it`, continued after a comma."""
    out = []
    for line in filter(None, (line.strip() for line in lines.replace(",\n", ", ").splitlines())):
        head, description, others = (part.strip() for part in line.split("|"))
        name, kind = head.split()
        synonyms = tuple(other.strip() for other in others.split(",") if other.strip())
        out.append(Column(name, kind, name in required, description, synonyms))
    return tuple(out)


_CUSTOMER = (
    "customer_id id | the customer | customer, client_id, client, user_id, user, visitor_id, account_id, contact_id, "
    "member_id, kunde, kundennummer, kunden_id, id_client, numero_client, cliente, id_cliente, cust_id\n"
)

_RESPONSES = _columns(
    _CUSTOMER
    + """
score number | the answer on its scale | nps, nps_score, note, rating, recommend, recommendation, likelihood,
    likelihood_to_recommend, csat, satisfaction, stars, ces, effort, punkte, bewertung, puntuacion, recommandation,
    antwort, score_nps, q1
comment text | the open answer | comments, explication, verbatim, feedback, review, review_text, reason, text,
    kommentar, commentaire, comentario, open_text, why, open_ended_response, remarks, nps_comment
response_id id | the answer | id, responseid, respondent_id, answer_id, survey_id, record_id, row_id
responded_at time | when it was given | date, timestamp, submitted_at, submit_date, recorded_date, recordeddate,
    created_at, answered_at, response_date, survey_date, completed_at, end_date, enddate, datum, date_reponse,
    fecha, zeitpunkt, time
survey text | which survey: nps, csat, ces | survey_name, survey_type, type, metric, umfrage, enquete
question text | the question asked | question_text, frage
wave text | the round of a repeated survey | welle, vague, round
touchpoint text | the contact that was asked about | touch_point, stage, moment, contact_point
channel text | where it was answered | kanal, canal, source, collector, medium
brand text | the brand asked about | marke, marque
product text | the product asked about | produkt, produit, item, product_name
language text | the language of the answer | lang, userlanguage, locale, sprache, langue
status text | complete, partial or preview | state, response_status, response_type
finished flag | whether the respondent reached the end | is_finished, is_complete
weight number | how many customers the answer stands for | weights, gewicht, poids, weighting
session_id id | the session it is about | session, visit_id
order_id id | the order it is about | order, order_number, bestellnummer, commande, transaction_id
ticket_id id | the ticket it is about | ticket, case_id, case_number
"""
)
_INVITATIONS = _columns(
    _CUSTOMER
    + """
invited_at time | when the request went out | sent_at, sent, send_date, sent_date, date, timestamp,
    invitation_date, created_at
survey text | which survey was asked | survey_name, survey_type, type
channel text | how it was asked | kanal, canal, medium
delivered flag | whether it arrived | is_delivered, delivery
opened flag | whether it was opened | is_opened, open
""",
    "invited_at",
)
_EVENTS = _columns(
    _CUSTOMER
    + """
occurred_at time | when it happened | timestamp, time, event_time, event_timestamp, date, datetime, created_at, ts,
    event_date, zeitpunkt
touchpoint text | what happened | event, event_name, event_type, action, activity, page, touch_point, type
channel text | where it happened | kanal, canal, medium, source, platform
stage text | the stage of the journey | phase, step, etape
outcome text | how it ended | result, status
session_id id | the session it belongs to | session, visit_id
""",
    "customer_id",
    "occurred_at",
    "touchpoint",
)
_ORDERS = _columns(
    _CUSTOMER
    + """
ordered_at time | when it was placed | order_date, date, timestamp, created_at, purchase_date, invoice_date,
    invoicedate, transaction_date, bestelldatum, date_commande
amount number | its value in the currency; refunds negative | total, revenue, value, price, sales, order_value,
    order_total, total_price, montant, betrag, umsatz, importe, caticket, grand_total
order_id id | the order | order, order_number, invoice, invoice_no, invoiceno, transaction_id, bestellnummer, id
margin number | its contribution in the currency | profit, contribution, gross_margin, marge
currency text | the currency | waehrung, devise, moneda
""",
    "customer_id",
    "ordered_at",
    "amount",
)
_SUBSCRIPTIONS = _columns(
    _CUSTOMER
    + """
started_at time | first day of the spell | start, start_date, started, subscription_start, created_at, signup_date,
    begin, activation_date, contract_start
ended_at time | last day; empty while active | end, end_date, ended, cancelled_at, canceled_at, churned_at,
    churn_date, subscription_end, cancel_date
mrr number | revenue a month in the currency | monthly_revenue, monthly_recurring_revenue, price, amount,
    monthlycharges, monthly_charges, fee
plan text | the plan | tarif, product, tier, package, plan_name, contract
currency text | the currency | waehrung, devise, moneda
end_reason text | why it ended | reason, cancel_reason, churn_reason, cancellation_reason
""",
    "customer_id",
    "started_at",
)
_TICKETS = _columns(
    """
ticket_id id | the case | ticket, id, case_id, case_number, ticket_number, number, case
opened_at time | when it was opened | created_at, created, opened, open_date, created_date, creation_date, date,
    timestamp, submitted_at
"""
    + _CUSTOMER
    + """
first_response_at time | first answer by a person | first_reply_at, first_response, first_reply,
    first_responded_at, responded_at
resolved_at time | when it was solved; empty while open | closed_at, solved_at, closed, resolved, resolution_date,
    close_date, closed_date, solved
reopened_at time | when it was last opened again | reopened
reopens number | times it was opened again | reopen_count, reopened_count, reopenings
handed_over_at time | when it went to another team | escalated_at, transferred_at, handover_at
channel text | how it came in | kanal, canal, via, source, medium
topic text | what it is about | category, subject, reason, type, tag, thema, issue_type
priority text | how urgent it is | prio, severity, urgency
agent text | who handled it | assignee, owner, agent_name
team text | the team that handled it | group, queue, department
wait_seconds number | time in the queue, in seconds | wait_time, waiting_time, queue_time, hold_time
text text | what the customer wrote | description, message, body, comment
""",
    "ticket_id",
    "opened_at",
)
_CUSTOMERS = _columns(
    _CUSTOMER.replace("| customer,", "| id, customer,")
    + """
acquired_at time | when the customer came | signup_date, created_at, first_order_date, registered_at, joined_at,
    customer_since, since
region text | where the customer is | country, state, land, pays, area
plan text | the plan the customer has | tier, tarif, package
source text | how the customer came | channel, acquisition_channel, campaign
cost_to_serve number | cost in the currency | cost, service_cost
name text | the name, for masking comments | full_name, customer_name, nom
first_name text | the first name, for masking comments | firstname, vorname, prenom, given_name
last_name text | the last name, for masking comments | lastname, surname, nachname, family_name
""",
    "customer_id",
)
_FOLLOWUPS = _columns(
    _CUSTOMER
    + """
contacted_at time | when the customer was contacted | called_at, contact_date, date, timestamp, created_at,
    followup_date, follow_up_date
response_id id | the answer it follows | responseid, answer_id, survey_response_id
outcome text | how it ended | result, status, disposition
owner text | who made the contact | agent, assignee, caller
""",
    "customer_id",
    "contacted_at",
)
_ASSIGNMENTS = _columns(
    _CUSTOMER
    + """
variant text | the variant the customer got | group, arm, bucket, treatment, test_group, variation, cell
assigned_at time | when it was assigned | date, timestamp, created_at, exposed_at, assignment_date
experiment text | the experiment | experiment_name, test, test_name, experiment_id
""",
    "customer_id",
    "variant",
)

#: The nine tables by name.
TABLES: Mapping[str, Schema] = MappingProxyType(
    {
        schema.name: schema
        for schema in (
            Schema(
                "responses",
                "one survey answer, review or interview note",
                _RESPONSES,
                "responded_at",
                "response_id",
                ("score", "comment"),
            ),
            Schema("invitations", "one request to answer", _INVITATIONS, "invited_at"),
            Schema("events", "one touch of a customer with the company", _EVENTS, "occurred_at"),
            Schema("orders", "one transaction", _ORDERS, "ordered_at", "order_id"),
            Schema("subscriptions", "one spell of one plan", _SUBSCRIPTIONS, "started_at"),
            Schema("tickets", "one support case", _TICKETS, "opened_at", "ticket_id"),
            Schema("customers", "one customer", _CUSTOMERS, "", "customer_id"),
            Schema("followups", "one contact made about an answer", _FOLLOWUPS, "contacted_at"),
            Schema("assignments", "one customer in one experiment", _ASSIGNMENTS, "assigned_at"),
        )
    }
)


def schema_of(table: str) -> Schema:
    """The schema of a table by name.

    Raises
    ------
    UsageError
        If there is no table of that name.

    Examples
    --------
    >>> schema_of("events").required
    ['customer_id', 'occurred_at', 'touchpoint']
    """
    return TABLES[choice(table, TABLES, "table")]
