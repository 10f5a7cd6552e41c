"""Journeys: from events and scores to where loyalty is won and lost.

Every function takes the `events` table (any dataframe) or a prepared `Log` and returns small tidy tables.
"""

from cxkit.journey.channels import channels
from cxkit.journey.compare import compare_journeys
from cxkit.journey.conformance import conformance, fitness
from cxkit.journey.defaults import cases_of, goals_for, loyalty_for, stage_funnel, stages_for, success_of
from cxkit.journey.dwell import dwell
from cxkit.journey.emotion import emotion_change
from cxkit.journey.flow import stage_channels, stage_flow, stage_steps
from cxkit.journey.flows import flow_steps
from cxkit.journey.funnel import funnel
from cxkit.journey.handovers import handovers
from cxkit.journey.incidents import Incidents, incidents
from cxkit.journey.log import Log
from cxkit.journey.moments import moments_of_truth
from cxkit.journey.outcomes import later_loyalty, returned
from cxkit.journey.pains import pain_points
from cxkit.journey.paths import paths
from cxkit.journey.personas import Personas, personas
from cxkit.journey.preparing import prepare
from cxkit.journey.proposing import propose_stages
from cxkit.journey.removal import removal_effects
from cxkit.journey.rework import rework
from cxkit.journey.scores import stage_emotion, touchpoint_scores
from cxkit.journey.sessions import sessions
from cxkit.journey.stages import Journey, Opportunity, Stage, fit_journey
from cxkit.journey.stages_reading import read_journey
from cxkit.journey.steps import step_matrix
from cxkit.journey.ticket_touches import ticket_lengths, ticket_touches
from cxkit.journey.transitions import transitions
from cxkit.journey.worth import spent

__all__ = [
    "Incidents",
    "Journey",
    "Log",
    "Opportunity",
    "Personas",
    "Stage",
    "cases_of",
    "channels",
    "compare_journeys",
    "conformance",
    "dwell",
    "emotion_change",
    "fit_journey",
    "fitness",
    "flow_steps",
    "funnel",
    "goals_for",
    "handovers",
    "incidents",
    "later_loyalty",
    "loyalty_for",
    "moments_of_truth",
    "pain_points",
    "paths",
    "personas",
    "prepare",
    "propose_stages",
    "read_journey",
    "removal_effects",
    "returned",
    "rework",
    "sessions",
    "spent",
    "stage_channels",
    "stage_emotion",
    "stage_flow",
    "stage_funnel",
    "stage_steps",
    "stages_for",
    "step_matrix",
    "success_of",
    "ticket_lengths",
    "ticket_touches",
    "touchpoint_scores",
    "transitions",
]
