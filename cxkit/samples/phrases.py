"""What customers write: sentences by touchpoint and mood, with slots that the comment writer fills.

Slots: {item} something bought, {plant} a plant, {days} a number of days, {place} where a parcel was left,
{agent} who helped, {month} a month's name, {minutes} a number of minutes.
"""

SLOTS = {
    "item": {
        "plants": ("lavender", "camellia", "Japanese maple", "rose", "fern", "hydrangea", "fig tree", "clematis"),
        "seeds": ("seed mix", "sweet pea set", "salad collection", "wildflower mix", "heritage tomato set", "herb box"),
        "tools": ("trowel", "secateurs", "watering can", "border fork", "pruning saw", "kneeling pad"),
        "pots": ("terracotta pot", "glazed planter", "window box", "hanging basket", "trough"),
        "compost": ("peat-free compost", "bark chippings", "rose feed", "worm castings", "leaf mould"),
        "gifts": ("gift box", "bulb hamper", "voucher card", "candle set", "terrarium kit"),
    },
    "place": (
        "in the rain",
        "by the bins",
        "on the pavement",
        "at the wrong house",
        "behind the shed",
        "over the wall",
    ),
    "plant": ("lavender", "camellia", "maple", "rose", "fern", "hydrangea", "fig", "clematis", "jasmine", "peony"),
    "days": ("three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    "minutes": ("ten", "fifteen", "twenty", "twenty-five", "forty"),
    "month": ("April", "May", "June", "September", "October", "March"),
}

GOOD = {
    "relationship": (
        "I tell all my neighbours about you",
        "Three years of gardening failures and now a balcony full of flowers",
        "The planting notes are better than any book I own",
        "The quality of the {item} was a lovely surprise",
        "Always something new to try and never a dud",
        "My {plant} is still flowering since {month}",
        "You clearly care about plants, and about the people who grow them",
        "The best garden shop I have used, and I have used a few",
        "It feels like getting a present every month",
        "Good value and healthy plants, what more could I want",
        "My mother in law, who knows everything about roses, asked me where I shop",
        "The box is the first post I open",
        "Fair prices, and nobody tries to sell me a gnome",
        "I killed every plant I owned until I found you",
        "The reminders when to water are worth it alone",
        "Thoughtful choice every season, the {item} above all",
        "Our terrace looks like a magazine",
        "You answer questions even about plants I bought elsewhere",
    ),
    "order": (
        "Ordering took two minutes",
        "Easy to find the right {item} with the size filter",
        "The site remembers my garden and suggests the right things",
        "Checkout was simple and the delivery date was clear",
        "I liked that it warned me the {plant} needs shade",
        "Found the {item}, paid, done",
        "The photos look like what actually turns up",
    ),
    "delivery": (
        "Arrived exactly when you said, in perfect shape",
        "The {item} came well packed and not a leaf was broken",
        "The driver put the box in the shade as I had asked",
        "Quick delivery and a friendly driver",
        "A message the day before and a one hour slot, great",
        "Two days from order to doorstep",
        "Even the tall {plant} travelled without a scratch",
        "No plastic in the box, thank you",
        "The parcel found me although our house number is missing",
        "Came early and still fresh",
        "My neighbour took it in and now wants one too",
        "Text message, doorbell, smile: that is how it should be",
        "The soil was still moist when I opened the box",
        "Good to know the hour, I could plan my day",
        "Everything upright and tied down, someone thought about this",
    ),
    "unboxing": (
        "The {plant} was bigger and healthier than I expected",
        "Unpacking it with my daughter was a joy",
        "The care card told me exactly what to do first",
        "Everything labelled, watered and ready to plant",
        "The {plant} took to its new spot at once",
        "Beautifully put together, I took photos before opening it",
    ),
    "support": (
        "{agent} sorted it in one go",
        "A real person who knows plants answered within minutes",
        "They replaced the {item} without any fuss",
        "{agent} was patient and explained how to save my {plant}",
        "Refund was there the next day",
        "I did not have to repeat myself once",
    ),
    "renewal": (
        "Happy to carry on for another season",
        "The box still surprises me, so I renewed without thinking twice",
        "Renewal was clear and the price was as promised",
        "I look forward to the box every time",
        "Pausing over the winter was easy, so I stayed",
    ),
}

FINE = {
    "relationship": (
        "Good plants, but the prices have crept up",
        "Nice shop, I would like more choice for shade",
        "Mostly good, sometimes the {item} is out of stock",
        "The boxes are fine but a bit samey by now",
        "Decent, although I only buy when there is an offer",
        "Happy enough, no complaints worth writing about",
        "I like the plants more than the app",
        "Quality is good, the website is a bit slow",
        "Would be a nine if the {item} had come with instructions",
        "Some boxes are great, some are forgettable",
        "I recommend you to friends with big gardens, less to those with a balcony",
        "Good, but so is the shop in our village",
        "Fewer leaflets and more seeds, please",
    ),
    "order": (
        "Fine, though I had to type my address twice",
        "Quick enough, but delivery costs appear late",
        "I missed a way to pay by invoice",
        "Search did not know the English name of the {plant}",
        "Worked in the end after reloading the page",
    ),
    "delivery": (
        "A day later than planned but all in one piece",
        "Fine, the box was a bit battered",
        "Came while I was out although I had chosen another day",
        "The tracking page was behind, the parcel was quicker",
        "Good packing, far too much paper",
        "The slot was four hours long, but it held",
        "Left with a neighbour without a note, found it in the evening",
        "Two parcels on two days for one order",
        "Driver was in a hurry, box was fine",
        "OK, one pot was chipped but the {plant} is alive",
    ),
    "unboxing": (
        "The {item} is smaller than in the picture",
        "Nice enough, the instructions were for another plant",
        "Two of the plugs were dry, the rest are doing well",
        "Pretty box, average {item}",
        "I would swap the leaflets for more compost",
    ),
    "support": (
        "Got an answer, it just took a while",
        "Friendly, but I had to explain it twice",
        "{agent} was helpful once I got through",
        "The voucher was kind, a working {item} would be better",
        "Solved in the end",
    ),
    "renewal": (
        "Renewed, but I would have liked a loyalty discount",
        "Fine for now, I will see in the spring",
        "I nearly missed the renewal e-mail",
        "Staying for the seeds, less so for the rest",
    ),
}

BAD = {
    "relationship": (
        "Every box lately has something dead in it",
        "Prices up, quality down",
        "I feel like a number since the app arrived",
        "You stopped listening to people who have been with you from the start",
        "The {plant} died within a week and nobody cared",
        "Too many e-mails, too few good plants",
        "I am paying for a {item} I can get cheaper round the corner",
        "The last three boxes looked as if nobody had checked them",
        "I cannot reach a person when something goes wrong",
        "The offers are only ever for new customers",
        "My {plant} was mislabelled, I now own a hedge",
        "Loyal since {month} and not even a thank you",
        "It used to be a treat, now it is a chore",
    ),
    "order": (
        "The checkout on my phone lost my basket twice",
        "Payment went through and the order did not",
        "Delivery charge only shown on the last page",
        "It would not take my postcode",
        "The {item} was in stock until I paid for it",
    ),
    "delivery": (
        "Promised for Tuesday, came a week later",
        "The {item} was crushed under two bags of compost",
        "Nobody rang the bell, the parcel stood {place}",
        "I waited in all day and nobody came",
        "The box was soaked and the {item} broken",
        "One parcel of two arrived",
        "The tracking link did not work at all",
        "Box upside down, soil everywhere",
        "They left a card although I was at home",
        "I had to fetch it from a depot miles away",
        "Ordered for a birthday, came after it",
    ),
    "unboxing": (
        "Half of the plugs were dead on arrival",
        "The {plant} was full of greenfly",
        "Not what I ordered and no note to say why",
        "The pot was cracked and the soil all over the box",
        "For this price the {item} is tiny",
    ),
    "support": (
        "Sent from chat to phone and had to start again",
        "I waited {minutes} minutes to be told to write an e-mail",
        "Case closed without a solution",
        "Third time I explain the same wrong invoice",
        "{agent} meant well but could not change anything",
        "Copy and paste answers that had nothing to do with my {item}",
    ),
    "renewal": (
        "Renewed without asking me",
        "I wanted to cancel and found no button",
        "A year is too long for boxes that get worse",
        "New customers pay less than I do after a year",
    ),
}

CARRIER = (
    "The new carrier left my {item} {place}",
    "Since you changed carrier nothing comes on time",
    "{days} days late and the {plant} was half dead",
    "Tracking said delivered, the parcel was {place}",
    "The courier threw the box over the gate",
    "{days} days in a hot van, the {plant} did not survive",
    "Please bring back the old delivery firm",
    "Three delivery dates, none of them kept",
    "The driver could not find the house and did not ring",
    "Your old driver knew where to put things, this one left it {place}",
    "The new courier sends messages all day and then does not come",
    "It travelled across half the country before it came here, the {plant} is brown",
    "Paid for next day, waited {days} days",
)

OPENERS = {
    "good": (
        "",
        "",
        "",
        "",
        "Lovely. ",
        "Brilliant. ",
        "Really pleased: ",
        "Thank you! ",
        "So impressed. ",
        "Well done. ",
    ),
    "fine": ("", "", "", "", "It was OK. ", "Not bad. ", "Fine overall. ", "Mixed feelings. "),
    "bad": (
        "",
        "",
        "",
        "",
        "Disappointing. ",
        "Not good enough. ",
        "Honestly fed up. ",
        "Very poor. ",
        "Sorry, but no. ",
    ),
}

CLOSERS = {
    "good": (
        "", "", "", "", " Keep it up.", " Will order again.", " My {item} and I say thanks.", " Ten out of ten.",
        " Only the delivery fee is a bit steep.", " Already planning my {month} order.", " 🌱",
    ),
    "fine": ("", "", "", "", " Could be better.", " Otherwise fine.", " Room to grow.", " We will see.", " Fair."),
    "bad": (
        "", "", "", "", " I will think twice next time.", " Please sort this out.", " I want my money back.",
        " This is the second time.", " Shame, you used to be great.", " Cancelled.", " £40 for that?",
    ),
}  # fmt: skip

SHORT = {
    "good": ("Great", "Love it", "all good", "Perfect!", "Lovely plants", "excellent", "Fab", "Can't fault it"),
    "fine": ("ok", "fine", "Average", "Not bad", "alright", "n/a", "-"),
    "bad": ("Awful", "too late", "Dead plants", "never again", "poor", "rubbish", "no comment", "."),
}

HOSTILE = (
    "<script>alert('nps')</script> nice try, but the parcel was still late",
    '=HYPERLINK("http://example.com/prize","Click here")',
    "<img src=x onerror=alert(1)> broken pot, broken page",
    "+44 is not a formula, =1+1 is",
    "[free plants](javascript:alert(1)) **bold** claim",
    "<b>Great</b> service & <i>healthy</i> plants",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "The box was \u202epu edispu\u202c when it came",
    "'; DROP TABLE customers; -- but the seeds were good",
    "{{7*7}} ${7*7} %s %(score)s",
    'Line one\nline two; with a semicolon, a comma and a "quote"',
    "</style><meta http-equiv=refresh content=0;url=http://example.com>",
)

#: How a comment gives its writer away; all numbers and addresses are of kinds reserved for examples.
PRIVATE = (
    " Please ring me on 07700 900{three}.",
    " You can reach me at {first}.{last}@example.com.",
    " Regards, {First} {Last}",
    " My number is +44 7700 900{three}, call after six.",
    " Write to {last}{two}@example.org please.",
    " I paid with card 4111 1111 1111 1111, refund it there.",
    " Refund to GB82 WEST 1234 5698 7654 32.",
    " {First} {Last}, at the usual address",
)

TICKETS = {
    "delivery": (
        "Parcel with {item} not here, tracking stands still",
        "Where is my order? It is {days} days late",
        "{item} delivered {place}",
        "Box arrived open, {item} missing",
        "Wrong delivery date, nobody at home",
    ),
    "plant health": (
        "Leaves of the {plant} turn brown",
        "{plant} arrived dry, can it be saved?",
        "Greenfly on the {plant}",
        "{plant} has not grown since {month}",
    ),
    "billing": (
        "Charged twice for {month}",
        "Invoice shows the wrong plan",
        "Discount code missing on the bill",
        "Still charged after pausing in {month}",
    ),
    "returns": (
        "How do I send the {item} back?",
        "Refund for the {item} has not arrived",
        "Return label does not print",
    ),
    "advice": (
        "When do I cut back the {plant}?",
        "Which compost for a {plant}?",
        "Can I move my plan to another address?",
        "Is the {plant} safe for cats?",
    ),
}  # fmt: skip
