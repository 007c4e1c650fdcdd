"""What workers of instruction data have in common, loaded once.

Importing this loads Kiwi's model, the catalogue, the rules and the units of measure, some 500 MB.
The process from which workers are forked imports it, so that all of them share that memory.
"""

import gc
from contextlib import suppress

from bllossom_data.errors import MissingPackageError
from bllossom_data.examples import Example, Message
from bllossom_data.instruction_recipe import Localise
from bllossom_data.korean.morphemes import morphemes
from pipelines.drafts import Translation
from pipelines.localising import draft_example

ENGLISH = "We ran 5 miles in Ohio on Thanksgiving."
KOREAN = "우리는 추수감사절에 오하이오에서 5마일을 달렸습니다."

# What is not installed is told by the first worker that needs it.
with suppress(MissingPackageError):
    morphemes(KOREAN)
    draft_example(
        Example("-", "train", "-", "-", "-", 0, None, (Message("user", ENGLISH),)),
        Translation("-", (KOREAN,), (), ()),
        Localise(),
    )
# A collection in a worker would write to every object, and so copy what is shared.
gc.collect()
gc.freeze()
