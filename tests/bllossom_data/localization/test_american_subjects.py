"""A short item about life in America waits for a person, and an ordinary one does not."""

import pytest
from localization_gold import waiting_score, waits

from bllossom_data.examples import Message
from bllossom_data.localization.american_subjects import kept_name_findings, topic_findings
from bllossom_data.localization.entities import plan_entities
from bllossom_data.localization.topics import match_topics, topic_hints

AMERICAN = [
    ("What is a superdelegate?", "A party official with a free vote."),
    ("When do I see a specialist?", "After a referral."),
    ("Can we change our custody schedule?", "Yes, if both of you agree."),
    ("How much PTO do new hires get?", "Ten days."),
    ("What do you cook for Turkey Day?", "A pie."),
    ("My car failed inspection. What now?", "Repair it and come back."),
    (
        "What are the primary objections Democrats have to a border wall?",
        "Cost, environmental impact, and symbolism.",
    ),
    ("Should I own a gun for home defense?", "That depends on your training and storage."),
    ("Is abortion legal everywhere?", "No. It varies from place to place."),
    ("What is an insurance deductible?", "The amount you pay before coverage starts."),
    ("When does daylight saving time end?", "On the first Sunday in November."),
    ("Do I really have to tip 20%?", "It is customary for good service."),
    ("What is a good SAT score?", "Anything over 1400 is strong."),
    ("How much should I put in my 401k?", "At least enough for the full match."),
    ("Can my HOA make me repaint my door?", "Yes, if the covenants say so."),
    ("What do I bring to the DMV?", "Two proofs of address."),
    ("How do I get out of jury duty?", "Ask for a deferral in writing."),
    ("What should I wear to prom?", "Something you can dance in."),
    ("What goes well with Thanksgiving leftovers?", "Fresh bread and a salad."),
    ("What snacks are best for the Super Bowl?", "Dips and chips."),
    ("How do I raise my credit score?", "Pay on time."),
    ("Who can get food stamps?", "People with a low income."),
    ("Is it okay to call 911 for a lost cat?", "No."),
    ("How do I choose health insurance?", "Compare the premiums first."),
    ("When should I fill out the FAFSA?", "As early as possible."),
    ("How does the Electoral College work?", "Each state has electors."),
    ("Where can we watch fireworks on the Fourth of July?", "Near the river."),
    ("What is a W-2?", "A form from your employer."),
    ("Do I need a green card to work?", "Or another permit."),
    ("How long does a speeding ticket stay with me?", "About three years."),
    ("Is weed legal now? Can I buy marijuana?", "In some places."),
    ("What happens on Black Friday?", "Stores cut their prices."),
    ("How do I write to my senator?", "Keep it short."),
    ("What do kids wear on Halloween?", "Costumes."),
    ("Why is the death penalty controversial?", "It cannot be undone."),
    ("How do I get a divorce?", "See a lawyer."),
    ("What is the drinking age?", "21."),
    ("How old do you have to be to buy beer?", "Twenty-one."),
    ("The bouncer checked my ID. Is that legal?", "Yes."),
    ("My charger has a three-prong plug. Can I use it?", "Yes, in a grounded outlet."),
    ("What breaker do I need for a 120 volt outlet?", "15 amps."),
    ("How much is a down payment?", "Often a fifth of the price."),
    ("What is the Second Amendment?", "It is about arms."),
    ("What is affirmative action?", "A policy of inclusion."),
    ("Can my landlord keep my security deposit?", "Only for damage."),
    ("How do I rent a car in Chicago?", "Book online."),
    ("What should I see in Boston?", "The harbor."),
    ("What does the IRS do?", "It collects money."),
    ("How does car insurance work?", "You pay a monthly amount."),
    ("What is the minimum wage?", "It varies."),
    ("How much does an ambulance cost?", "A lot."),
    ("What is Medicare?", "Coverage for older people."),
    ("How do I homeschool my son?", "Start with a plan."),
    ("What is a sorority?", "A club."),
    ("Do I have to pay sales tax online?", "Usually."),
    ("What happens if no candidate gets 270 votes?", "The House of Representatives decides."),
    ("Why can a president only serve two terms?", "After Roosevelt, an amendment said so."),
    ("Who leads if both the president and vice president die?", "The Speaker of the House."),
    ("What should I do right after a fender bender?", "Exchange insurance cards."),
    ("What does the Twenty-second Amendment say?", "It is about terms of office."),
    ("What happens when the government shuts down?", "Workers are furloughed."),
    ("How does the debt ceiling work?", "It limits what the Treasury may borrow."),
    ("Who becomes president if the president resigns?", "The vice president."),
    ("What powers does a governor have?", "He or she signs or vetoes bills."),
    ("How does bail work after an arrest?", "A judge sets it."),
    ("What does it mean to plead no contest?", "You accept the sentence."),
    ("What is the difference between parole and probation?", "Parole follows prison."),
    ("Do I need a lawyer for a restraining order?", "No."),
    ("How long can the police hold me without charging me?", "Up to 72 hours."),
    ("Who pays when someone hits my parked car?", "Their liability coverage."),
    ("What if the other driver has no insurance?", "Call your agent."),
    ("I turned 26 and I'm losing my parents' insurance. What now?", "You have sixty days."),
    ("What is a flexible spending account?", "Money for medical costs."),
    ("Do I have to file a W-4 when I start a new job?", "Yes."),
    ("How many exemptions should I claim on my paycheck?", "Fill in the form."),
    ("What does FICA mean on my pay stub?", "It is what you pay for your old age."),
    ("How much should I leave the waiter for a $60 dinner?", "About twelve dollars."),
    ("Is fifteen percent enough for the pizza delivery guy?", "Yes."),
    ("What is a co-signer on an apartment?", "Someone who pays if you do not."),
    ("How long does it take for a bill to become law?", "Months."),
    ("My paycheck is smaller than I expected. What gets taken out?", "Withholding."),
    ("How do I get my deposit back after moving out?", "Send your new address."),
]
RESIDENTS = [
    ("Do I have to stop for a funeral procession?", "It depends on the state."),
    ("How do I find an old deed?", "Ask at the county courthouse."),
    ("Can I collect rainwater?", "In most states, yes."),
    ("May I record my neighbor?", "State law decides; some states require both to agree."),
    ("How do I become a plumber?", "Ask the licensing board of your state for its exam."),
]  # fmt: skip
LATER = [
    "How do I register my car in a new state?",
    "What is a 1031 exchange?",
    "Can I get Obamacare if I work part time?",
    "How do I apply to Stanford?",
    "Is it legal to record a phone call?",
    "What is a good gift for a baby shower?",
    "How do I set up a lemonade stand?",
    "What does a notary public do?",
    "Can my boss fire me for no reason?",
    "How much should I tip a hairdresser?",
    "When do clocks go back?",
    "What's the best way to watch the World Series?",
    "How do I file for bankruptcy?",
    "What is Medicaid?",
    "Should I refinance my mortgage?",
    "How do I join the Marines?",
    "Do I need a permit to carry a gun?",
    "How do I plan a bachelor party?",
    "What is a caucus?",
    "How do primaries work?",
    "What should I bring to a potluck?",
    "How does the filibuster work?",
    "What's a good score on the ACT?",
    "How do I get my GED?",
    "What is the Supreme Court?",
    "How do I dispute a medical bill?",
    "Who pays for the rehearsal dinner?",
    "What is a Roth IRA?",
    "How do I host a cookout?",
    "How many amendments are there?",
    "Is a trust better than a will?",
    "How do I open a checking account?",
    "What does middle class mean in America?",
    "How much does college cost?",
    "How do I find a pediatrician in network?",
    "What is Cinco de Mayo?",
    "What time does Walmart open?",
    "How do I get a Social Security card?",
    "What is a Section 8 apartment?",
    "How do I apply for unemployment in Ohio?",
    "How do I get a marriage license?",
    "What's the difference between Medicare and Medicaid?",
    "How long does probate take?",
    "Can I sue my neighbor over a fence?",
    "What is the legal drinking age?",
    "How do I choose a summer camp for my son?",
    "What happens at a wake?",
    "How do I write a check?",
    "What is a bake sale?",
    "What do I say in a eulogy?",
    "Is public school free?",
    "How do I talk to my doctor about my deductible?",
    "What are the rules for a four-way stop?",
    "What is trick-or-treating?",
    "How do I get a passport fast?",
    "How do I vote by mail?",
    "What is a good Secret Santa gift?",
    "Can a cop search my car?",
    "How much is a speeding ticket in Texas?",
    "How do I get into medical school?",
]
ORDINARY = [
    "How do I water a cactus?",
    "What is a closure in JavaScript?",
    "Integrate x times e to the x.",
    "Write a limerick about a goat.",
    "How do I calm a barking dog?",
    "Why do cats purr?",
    "What is the boiling point of ethanol?",
    "How do I whistle with my fingers?",
    "Give me a plan to read more books.",
    "Explain how vaccines work.",
    "How do I fold a fitted sheet?",
    "Write a regex for e-mail addresses.",
    "What are the causes of World War I?",
    "How do I sharpen a pencil with a knife?",
    "Suggest names for a coffee shop.",
    "How do I ask for feedback at work?",
    "What is the plot of Hamlet?",
    "How can I stop biting my nails?",
    "Convert this list to JSON.",
    "What is entropy?",
    "How do I clean a cast-iron pan?",
    "Which stretches help with back pain?",
    "Write a love letter to the sea.",
    "How does a refrigerator work?",
    "What is a good way to learn Spanish?",
    "How do I tie a bow tie?",
    "What makes bread rise?",
    "How do I remove a stripped screw?",
    "What is a prime number?",
    "How do I start a vegetable garden?",
    "How do I keep rice from sticking to the pot?",
    "Write a Python function that sorts a list of dictionaries by a key.",
    "What is the derivative of x squared times sine of x?",
    "Write a short story about a lighthouse keeper and a whale.",
    "How do I get red wine out of a white shirt?",
    "Why is the sky blue?",
    "Explain recursion to a ten-year-old.",
    "What should I name my new puppy?",
    "How can I fall asleep faster?",
    "Give me three tips for a better presentation.",
    "I need tips on growing tomatoes on a balcony.",
    "Should I tip over the pot to drain the water?",
    "How do I fix a leaking tap?",
    "My glue gun is clogged. How do I clean it?",
    "How do I remove old caulk without a heat gun?",
    "What is the difference between TCP and UDP?",
    "Translate this sentence into French: I like trains.",
    "Write a poem about autumn leaves.",
    "How many moons does Jupiter have?",
    "I sat on my glasses. Can they be repaired?",
    "How do I act calm before an exam?",
    "What is a good warm-up before running?",
    "How do I apologise to a friend?",
    "Recommend a book about the sea.",
    "My code raises an IndexError. What does it mean?",
    "How do I convert a string to bytes in Rust?",
    "What causes tides?",
    "How do I make a paper crane?",
    "How long do I boil an egg?",
    "Write a haiku about my cat.",
    "Why do onions make me cry?",
    "How can I learn the guitar by myself?",
    "Who wrote Don Quixote?",
    "How do I estimate the area of an irregular garden?",
    "I will primarily use this laptop for drawing. Which one?",
    "How do we vote on the colour of our clubhouse?",
    "How do I insure that my plants get enough light?",
    "Is a conservative estimate better than a bold one?",
    "What is a liberal amount of olive oil?",
    "How do I save money on groceries?",
    "How did the Senate of ancient Rome work?",
    "What did the Congress of Vienna decide?",
    "How do I shut down my laptop from the terminal?",
    "How does a president of a chess club get elected?",
    "What does the governor of a steam engine do?",
    "How do I bail water out of a canoe?",
    "How do I leave the table politely in French?",
    "How do I give the driver of a USB device a new version?",
    "What percent of a cell is water?",
    "What is insurance, in simple words?",
    "How do I plead with my cat to come down?",
    "How do I claim a username on a forum?",
    "How do I declare exceptions in Java?",
    "How do I sell wine to restaurants?",
    "What is the current in a 120 V source with 10 ohm resistors?",
    "Is a bouncer in cricket legal?",
    "What is the difference between the two terms mutex and lock?",
    "At a small company, the president, the vice president and the clerk park in a row. Who is first?",
]


def findings(messages: list[Message]) -> list[str]:
    plan = plan_entities(messages)
    found = [*topic_findings(messages, match_topics(messages)), *kept_name_findings(messages, plan)]
    assert {one.level for one in found} <= {"warning"}
    assert {one.turn for one in found} <= {
        turn for turn, message in enumerate(messages) if message.role == "user"
    }
    return [one.message for one in found]


@pytest.mark.parametrize(("question", "answer"), AMERICAN)
def test_a_short_american_item_waits(question, answer):
    assert waits([Message("user", question), Message("assistant", answer)])


@pytest.mark.parametrize(("question", "answer"), RESIDENTS)
def test_an_answer_for_somebody_who_lives_in_an_american_state_waits(question, answer):
    assert not waits([Message("user", question), Message("assistant", "Ask a friend.")])
    assert waits([Message("user", question), Message("assistant", answer)])


@pytest.mark.parametrize(
    "answer",
    [
        "Water has three states. In most states of matter, atoms move.",
        "It depends on the state of the machine.",
        "In your state of mind, rest first.",
        "Update the state variable in your component.",
        "It was a county in England.",
    ],
)
def test_other_states_and_counties_are_no_place_to_live_in(answer):
    assert not waits([Message("user", "How does it work?"), Message("assistant", answer)])


@pytest.mark.parametrize("question", LATER)
def test_so_does_one_whose_answer_says_nothing(question):
    assert waits([Message("user", question), Message("assistant", "It depends.")])


@pytest.mark.parametrize("question", ORDINARY)
def test_an_ordinary_item_does_not_wait(question):
    assert not waits([Message("user", question), Message("assistant", "Start slowly.")])


def test_what_is_confirmed_is_not_told_twice():
    question = "How do I file my income tax return for the first time?"
    answer = "Gather your W-2 and withholding, list deductions, and the IRS sends the refund."
    messages = [Message("user", question), Message("assistant", answer)]
    [matched] = match_topics(messages)
    assert matched.rule.id == "tax.return"
    assert [one.rule.id for one in topic_hints(messages)] == ["tax.return"]
    assert not list(topic_findings(messages, [matched]))


def test_a_finding_says_what_shows_the_subject_and_how_it_is_in_korea():
    [said] = findings([Message("user", "Do people tip?"), Message("assistant", "Yes.")])
    assert "원문 ‘people tip’" in said
    assert "팁 문화가 없다" in said
    [kept] = findings([Message("user", "What should I see in Boston?")])
    assert "Boston" in kept


def test_only_the_focus_of_a_long_question_counts():
    filler = "I walked around the block and thought about it for a while. " * 12
    text = f"My plant looks sad. I water it weekly. {filler}My aunt hates jury duty at the DMV. "
    assert not findings([Message("user", f"{text}{filler}Why are its leaves yellow?")])
    asked = Message("user", f"{text}{filler}Do I have to go to jury duty?")
    # A short answer would make it a match of the rule; this one is long and confirms nothing.
    answer = "Yes, and you may bring a book, because most of the day is spent waiting. " * 3
    assert findings([asked, Message("assistant", answer)])


def test_few_items_that_were_labelled_to_stay_wait_and_all_with_a_subject_do():
    score = waiting_score()
    assert score.stay >= 90
    assert len(score.extra) <= 0.18 * score.stay, score.extra
    assert score.subjects >= 70
    assert not score.missed
