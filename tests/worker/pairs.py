"""A method for tests whose samples are natural images in band, each with another one, outside the band, as its start."""

from dataclasses import replace

from inverset.sampler.methods import reference
from inverset.sampler.problem import read_images

NAME = "toy-counterfactual"


def step(problem, options, state):
    began = state.tally.accepted
    state, emission = reference.step(problem, options, state)
    far = problem.nearest_references.flip(0)[began : began + len(emission.steps)]
    starts = problem.bundle.reference.images(far.tolist())
    activations, _ = read_images(problem.bundle, problem.neurons, starts)
    return state, emission._replace(starts=starts, start_activations=activations.cpu())


METHOD = replace(reference.METHOD, summary="natural images beside others", default_k=4, step=step)
