"""Every sentence a learner can meet outside the chapters, by key.

A sentence says what was compared and what came out. It names one place to look and never gives
code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

SENTENCES: dict[str, str] = {
    # what a check found in one part
    "right": "right",
    "not_attempted": "the TO DO is still there",
    "partly_attempted": "raises NotImplementedError here, and not on other cards",
    "untouched": "the code is still as it was handed out",
    "undefined": "{name} is not defined; run its cell first, or give it that name",
    "no_method": "{name} has no method {method}",
    "unset": "backward leaves self.{name} unset",
    "raised": "{type}: {message}",
    "raised_at": "{type}: {message}\nyour line {number}: {line}",
    "blocked": "can't be tried until {waits_for} runs",
    "first_call": "can't be judged until the first call is right",
    "gradient_first": "can't be judged until the gradient is right",
    "nothing": "returns nothing (None); is the return missing?",
    "foreign": "returns {kind}; {wanted} is wanted",
    "comma": "returns a tuple of 1; {wanted} is wanted. Is there a comma at the end of the return?",
    "foreign_inside": "returns {got} with {inside} in it; {wanted} is wanted",
    "structure": "returns {got}; wanted is {wanted}",
    "layers": "returns {got}; wanted is a list of {wanted}, one for each layer",
    "missing_key": "the dict has no key {missing!r}; its keys are {keys}",
    "text": "returns the text {got!r}; {wanted} is wanted",
    "shape": "has shape {got}; wanted is {wanted}",
    "transposed_shape": "has shape {got}; wanted is {wanted}. A gradient has the shape of its owner",
    "ragged": "returns a list that isn't a rectangle of numbers",
    "not_finite": "{count} of {total} entries are nan or infinite (first at {where})",
    "not_finite_one": "is {yours}",
    "value_one": "yours {yours}, expected {expected}",
    "value_many": "wrong in {count} of {total} entries (first at {first}: yours {yours}, expected {expected}{worst})",
    "value_worst": "; worst at {worst}: yours {yours}, expected {expected}",
    "truth": "yours {yours}, expected {expected}",
    "case": "{text}   [{case}]",
    "on_second_call": "right on the first call, wrong on the second: {text}",
    "backward_twice": "a second backward after the same forward gives another answer: {text}",
    "two_objects": "right alone, wrong when two objects are used in turn: {text}",
    "own_forward": "the true gradient of your own forward, which differs from the expected one",
    # numeric gradients
    "not_restored": "{name} is not as it was: the entry at {where} was {before} and is {after}",
    "changed_list": "{name} is no longer the list it was",
    "ignores_h": "the same for h = {h:g} as for another step; the argument h is not used",
    "too_crude": "off by {yours:.1e} where h = {h:g}; a central difference is off by {expected:.1e}",
    # networks
    "cannot_assign": "its parameters can't be set in place: {type}: {message}",
    "assign_lost": "what is set in params[{name!r}] isn't there afterwards; is params made anew at every look?",
    "no_dict": "returns {got}; a dict with a gradient for each parameter is wanted",
    "no_table": "{got}, where a table of weights is wanted",
    "reads_too_few": "trained, it reads {share:.1%} of the digits it hasn't seen; {wanted:.0%} are wanted",
    # random weights
    "weights_std": "the standard deviation is {yours:.4g}, expected about {expected:.4g}",
    "weights_mean": "the mean is {yours:.4g}, expected about 0",
    "weights_alike": "their size is right, but the {which} repeat one another",
    "shape_first": "can't be judged until the shape is right",
    "weights_parallel": "their size is right, but one row repeats another",
    "same_weights": "two calls with one rng give the same weights",
    "own_rng": "two equal generators give different results: something else is random here than rng",
    # minibatches and training
    "no_pair": "a batch is {got}; a pair of arrays (x, t) is wanted",
    "no_row": "a row comes that isn't one of {name}",
    "hardly_shuffled": "most samples stay near their place or beside their neighbour",
    "no_pairs": "returns something that can't be gone through; pairs (x, t) are wanted",
    "batch_sizes": "the batches have {yours} samples; wanted are {expected}",
    "sample_seen": "the sample in row {row} of x comes {times} times in one epoch",
    "torn_pairs": "a row of x comes with the t of another sample",
    "samples_first": "can't be judged until every sample comes once",
    "not_shuffled": "the samples come in the order of x",
    "same_order": "two epochs with one rng have the same order",
    "same_company": "two epochs shuffle the batches, but the samples of a batch stay together",
    "silent": "with {optimizer} at a rate of {rate:g} nothing is learned, and nothing is raised",
    "wrong_alarm": "raises {got} where nothing is learned; FloatingPointError is wanted",
    # optimizers
    "param_lost": "after the update, params[{name!r}] is {got}; {wanted} is wanted",
    "lost_params": "after the update, params is no longer a dict with text for keys",
    # warnings, full points
    "changed_grads": "right, and update() wrote into the gradient of {name}; it belongs to the net",
    "rebound": "right, and params[{name!r}] is another array now; a layer that holds the old one never learns",
    "changed_input": "right, and {name} was changed in place; whoever owns it will read the changed one",
    "rounding_restored": "right, and {name} came back only up to rounding; keep the old entry and put it back",
    "warned": "right, with a warning on the way: {text}",
    "backward_moved": "right, and backward moved a parameter; moving them is the optimizer's part",
    "tuple_of_one": "right, and it comes in a tuple of 1; the next layer expects the array itself",
    "moved_parameters": "right, and gradient() changed the parameters; moving them is the optimizer's part",
    "shared_memory": "right, and the result shares memory with an argument: change one, and both change",
    "widened": "right, and float32 went in while float64 came out",
    # notes
    "printed": "{text}",
    "needs": "this exercise builds on {needs}, not right yet: begin there",
    "needs_again": "this exercise builds on {needs}, right in an earlier kernel and not checked in this one: run that first",
    # diagnoses
    "zero.brief": "all zero",
    "zero.why": "Every entry is 0: nothing that arrives from above has reached it.",
    "zero.look": "Follow the upstream gradient back to here: where does it become 0, or where is it dropped?",
    "zero_value.brief": "all zero",
    "zero_value.why": "Every entry is 0, where other numbers are expected.",
    "zero_value.look": "Which line computes these numbers, and does it run?",
    "zero_measured.brief": "all zero",
    "zero_measured.why": "Every entry is 0: whatever moved, the same number was measured twice.",
    "zero_measured.look": "Does the array that is measured hold the entry you moved, and did it move?",
    "sign.brief": "the wrong sign",
    "sign.why": "Every entry has the right size and the wrong sign.",
    "sign.look": "Which way does the output move when this input rises?",
    "swapped.brief": "two results swapped",
    "swapped.why": "This is the right answer for {other}.",
    "swapped.look": "Which local gradient belongs to which input?",
    "upstream.brief": "the slope is missing",
    "value_of.brief": "a value in place of a gradient",
    "value_of.why": "This is the value of {other}, where a slope is wanted.",
    "value_of.look": "Which two numbers did you multiply to get it?",
    "upstream.why": "The upstream gradient passes through unchanged.",
    "upstream.look": "How fast does the output rise with this input, and where is that slope in your backward?",
    "no_upstream.brief": "the upstream gradient is missing",
    "no_upstream.why": "This is the local gradient alone; it is right only when the upstream gradient is 1.",
    "no_upstream.look": "What does the chain rule do with what arrives from above?",
    "upstream_squared.brief": "the upstream gradient twice",
    "upstream_squared.why": "The upstream gradient has been multiplied in twice.",
    "upstream_squared.look": "Where does dout enter, and how often?",
    "factor.brief": "off by a factor",
    "factor.why": "Every entry is {factor} times the right one.",
    "factor.look": "Which step of the derivation has the factor {factor}?",
    "over_size.brief": "an average too many",
    "over_size.why": "Every entry is too small by a factor of {count}, which is the number of {size}.",
    "over_size.look": "Where do you divide by the number of {size}, and who owns that average?",
    "times_size.brief": "an average too few",
    "times_size.why": "Every entry is too large by a factor of {count}, which is the number of {size}.",
    "times_size.look": "Is there an average over the {size} here, and who owns it?",
    "path_missing.brief": "one of two paths only",
    "path_missing.why": "What is missing is the upstream gradient itself, as it comes along a way of slope 1.",
    "path_missing.look": "By which ways does this input reach the output, and which of them is left out?",
    "times_input.brief": "one factor too many",
    "times_input.why": "Every entry is the right one times {name}.",
    "times_input.look": "Is {name} a factor of this derivative, and how often?",
    "over_input.brief": "one factor missing",
    "over_input.why": "Every entry is the right one divided by {name}.",
    "over_input.look": "Is {name} a factor of this derivative?",
    "transposed.brief": "transposed",
    "transposed.why": "All numbers are right and the table is turned round.",
    "transposed.look": "Whose gradient is it, and what is the shape of its owner?",
    "on_second_call.brief": "wrong on a second call",
    "on_second_call.why": "Something is remembered from the call before.",
    "on_second_call.look": "What is left from the first call, and which line should have replaced it?",
    "backward_twice.brief": "wrong on a second backward",
    "backward_twice.why": "The first backward changes something that the second one reads.",
    "backward_twice.look": "Which of the things that forward stored does backward change?",
    "two_objects.brief": "two objects share their memory",
    "two_objects.why": "The two objects share what they remember, though each is a node of its own.",
    "two_objects.look": "Where does forward keep its inputs: in self, or in a place all objects see?",
    "of_value.look": "Work this one case out on paper. Where does your code first say something else?",
    "of_measured.look": "At which two points do you ask f, in which order, and how far apart are they?",
    "one_upstream.brief": "one of two paths only",
    "one_upstream.why": "This is {which} upstream gradient alone.",
    "one_upstream.look": "How much does L rise through the other one?",
    "unknown_gradient.why": "The cause is unknown: these numbers fit no mistake this check can name.",
    "unknown_gradient.look": "Nudge one input by a little, on paper: how does the output move, and what arrives from above?",
    "unknown_measured.why": "The cause is unknown: these numbers fit no mistake this check can name.",
    "unknown_measured.look": "Measure one entry by hand and print what f returns each time. Which number isn't what you meant?",
    "unknown_value.why": "The cause is unknown: these numbers fit no mistake this check can name.",
    "unknown_value.look": "Work this one case out on paper. Where does your code first say something else?",
    # speaking to the person at the keyboard
    "unknown_exercise": "No exercise is called {id!r}. {hint}",
    "closest": "Did you mean {names}?",
    "all_ids": "The exercises are {names}.",
    "object_count": "check({id!r}, ...) takes {wanted}; {got} came.",
    "wanted_class": "check({id!r}, ...) takes the class {name} itself, without parentheses; an object of type {got} came.",
    "wanted_callable": "check({id!r}, ...) takes {name}, which must be a class or a function; {got} came.",
    "unknown_prediction": "No prediction is called {id!r}. {hint}",
    "predict_first": "Write the letter of your answer between the quotes ({letters}), then run this cell again.",
    "predicted_right": "{letter}) is right.",
    "predicted_wrong": "You said {letter}); it is {right}) {option}.",
    "no_hints": "{id} has no hints.",
    "hint": "Hint {rung} of {rungs} for {id}: {text}",
    "hint_again": "Nothing has changed since the last hint. Try something first; here it is again.",
    "hint_ended": "Your code has changed, and there are no more hints. Here is the last one again.",
    "hint_last": "That was the last hint.",
    "hint_last_open": "That was the last hint. After three wrong checks, asking again says where the solved notebook is.",
    "solved": "All hints are given, and {tries} wrong answers were checked. The solved notebook is {where}. Read exercise {number} there, close it, and write it yourself.",
    "in_the_courses_folder": "`{file}` in the course's folder",
    "waits_for": "This cell waits for exercise {number} ({id}): run it again when that is right.",
    "waits_for_again": "This cell waits for exercise {number} ({id}), which was right in an earlier kernel: run its cell and its check in this one, then this cell again.",
    "reset": "Exercise {number} ({id}) as it was handed out. Copy it, and paste it over the whole cell; until you do, your own code stays as it is.",
    "reset_shared": "The cell also holds {others}: keep what you want of that.",
    "check_failed": "{id}: {state}. {text}",
    "stale": "right here, but not in a fresh run from the top: something it uses exists only in this kernel's memory",
    "in_a_fresh_run": "Run from the top, as grading runs it: {points:g} of {out_of:g} points.",
    "save_first": "The notebook was read as last saved; if you changed it since, save it and run this again.",
    "no_notebook": "check_all() reads the notebook's own cells, so it works inside a notebook only.",
    "ran_until": "cell {cell} raised {type}: {message}",
    "progress": "{right} of {total} exercises are right ({points:g} of {out_of:g} points).",
    "progress_heads": "exercise, id, state, points, wrong tries, hints",
    "progress_unchecked": "not checked yet",
    "progress_optional": " (optional)",
    "progress_bonus": "{points:g} bonus points come on top.",
    "progress_as_checked": "Each line is what the last check saw; check_all() checks all of it as it is now.",
    "progress_none": "Nothing has been checked yet.",
    "progress_in_colab": "Colab deletes {file} with the runtime: download it from the panel Files on the left, and upload it there next time.",
    "progress_damaged": "{file} is damaged. It is kept as {aside}, and a new one begins.",
    "progress_foreign": "{file} is not a file this version of the course can read. It stays as it is, and progress lasts as long as this kernel.",
    "progress_unwritten": "{file} can't be read and written here ({why}), so progress lasts as long as this kernel.",
}


def say(key: str, /, **values: object) -> str:
    """The sentence of this key with its values in place."""
    return SENTENCES[key].format(**values)


def number(value: float) -> str:
    """A number short enough to read and long enough to compare."""
    return f"{float(value):.6g}"


def pair(yours: float, expected: float) -> dict[str, str]:
    """Two numbers with as many digits as it takes to tell them apart."""
    for digits in range(6, 18):
        texts = f"{float(yours):.{digits}g}", f"{float(expected):.{digits}g}"
        if texts[0] != texts[1]:
            break
    return {"yours": texts[0], "expected": texts[1]}


def place(index: Iterable[Any]) -> str:
    """An array index as a learner types it: [3, 1]."""
    return f"[{', '.join(str(int(i)) for i in index)}]"
