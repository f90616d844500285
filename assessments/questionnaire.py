"""The questionnaire that a new organisation starts with: ten questions about readiness for AI.

Staff edit it in the admin as a new version; what is here is only its first.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from assessments.rules.readiness import Category

CATEGORIES = (
    Category("technology", "Technology", Fraction(30, 100)),
    Category("process", "Process", Fraction(25, 100)),
    Category("team", "Team", Fraction(25, 100)),
    Category("strategy", "Strategy", Fraction(20, 100)),
)

INTRODUCTION = (
    "Ten questions about your technology, your processes, your people and your plans. "
    "Choose the answer that is closest to how things are today; nobody is served by a flattering picture."
)


@dataclass(frozen=True, slots=True)
class QuestionText:
    """One question. ``scale`` describes the answers 1 to 5; ``next_step`` is what to do when the answer is low."""

    category: str
    topic: str
    text: str
    help: str
    scale: tuple[str, str, str, str, str]
    next_step: str


QUESTIONS = (
    QuestionText(
        "technology",
        "access to your data",
        "How easily can you get at the data that your work produces?",
        "Think of orders, customers, machines, time sheets: wherever the facts about your work end up.",
        (
            "On paper, or in people's heads",
            "In files that each person keeps",
            "In several systems that do not talk to each other",
            "In systems that export on request",
            "In one place, or reachable by interface at any time",
        ),
        "List the five questions you ask most often, and bring the data that answers them into one place.",
    ),
    QuestionText(
        "technology",
        "the quality of your data",
        "How far do you trust the data you have?",
        "Data with gaps and doubles teaches a system the wrong things.",
        (
            "We check everything by hand before we use it",
            "We know of many gaps and doubles",
            "Good in some areas, poor in others",
            "Mostly right, and somebody looks after it",
            "Checked automatically, with a named owner for each set",
        ),
        "Name an owner for your customer and order data, and measure gaps and doubles once a month.",
    ),
    QuestionText(
        "technology",
        "the tools you run",
        "How modern are the tools that your work runs on?",
        "Cloud services and open interfaces make a pilot a matter of weeks.",
        (
            "Mostly paper, spreadsheets and e-mail",
            "Old programs that nobody dares to touch",
            "A mix of old programs and newer services",
            "Mostly current services with some interfaces",
            "Current services, connected, with automation in daily use",
        ),
        "Replace or connect the one program that most of your manual copying starts from.",
    ),
    QuestionText(
        "process",
        "how processes are described",
        "How well are your most important processes described?",
        "What is not described can hardly be improved, and not at all be automated.",
        (
            "Everybody does it in their own way",
            "A few people know how it goes",
            "Written down, but out of date",
            "Written down and followed",
            "Written down, followed, and improved by numbers",
        ),
        "Write down your three most frequent processes on one page each, with the people who do them.",
    ),
    QuestionText(
        "process",
        "repetitive work",
        "How much of your repetitive work runs without hands?",
        "Copying between systems, standard replies, reports, reminders.",
        (
            "None of it",
            "Single macros and templates",
            "Some steps, in some teams",
            "Most standard cases",
            "Nearly everything; people look after exceptions",
        ),
        "Collect a week of repetitive tasks with their minutes, and automate the longest one first.",
    ),
    QuestionText(
        "process",
        "measuring results",
        "How do you know whether a process got better?",
        "A pilot without a number before and a number after convinces nobody.",
        (
            "We do not measure",
            "By feeling, and by complaints",
            "With figures that are put together now and then",
            "With a few figures, regularly",
            "With live figures that decisions follow",
        ),
        "Choose one figure for each important process and look at it every week.",
    ),
    QuestionText(
        "team",
        "skills",
        "How well can your people work with data and AI tools?",
        "Not everybody has to program; somebody has to judge what comes out.",
        (
            "Nobody has tried",
            "One or two try things on their own",
            "Several use tools for single tasks",
            "Trained, with rules for use",
            "Each team has somebody who builds and teaches",
        ),
        "Train one person of each team for two days, on their own tasks and data.",
    ),
    QuestionText(
        "team",
        "readiness for change",
        "How do your people take changes to the way they work?",
        "The best system fails when those who should use it were not asked.",
        (
            "With open resistance",
            "With worry and waiting",
            "It depends on the team",
            "With interest, when it is explained",
            "They suggest changes themselves",
        ),
        "Let the people concerned choose the first pilot, and show its result to everybody.",
    ),
    QuestionText(
        "strategy",
        "goals",
        "How clear is it what AI should achieve for your business?",
        "“Faster quotations” is a goal. “Do something with AI” is none.",
        (
            "We have not talked about it",
            "There are ideas, but no goal",
            "A goal, without numbers",
            "Goals with numbers for some areas",
            "Goals with numbers, owners and dates",
        ),
        "Agree on one goal with a number and a date, and name who answers for it.",
    ),
    QuestionText(
        "strategy",
        "budget and leadership",
        "How firmly do leadership and budget stand behind it?",
        "Pilots die when the money or the patience ends after three months.",
        (
            "Neither money nor interest",
            "Interest, but no money",
            "Money for single trials",
            "A budget for this year",
            "A budget for several years, and a place on the board's agenda",
        ),
        "Set aside a budget for one pilot of three months, with a date for the decision after it.",
    ),
)
