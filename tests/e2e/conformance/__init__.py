"""Every action that is served, held against the service models that botocore ships.

    cargo xtask e2e -k conformance                      compares with results.txt
    cargo xtask e2e -k conformance --bless-conformance  writes results.txt anew

What is asked of an action follows from its model; `values.py` has the examples that a model cannot know.
"""
