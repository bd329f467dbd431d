"""What a question and its answer are: names, options, outcomes and verdicts that the service and the sampler share.

Standard library only: neither torch nor SQL nor HTTP.
"""
