"""A labelled corpus of Korean and English documents, written for this project, to try a build on.

Every text here is original and may be used under the licence of this repository; people, firms,
numbers and addresses in it are fictional. `documents/` holds one readable file per source with
each document and what a build should do with it; `materialise.write_sample` turns them into the
formats, encodings and kinds of damage in which raw data arrives. `instructions/` holds English
instruction examples, a translation of them with planted faults, and the Korean to publish; its
README says what each file is and under which licence.
"""
