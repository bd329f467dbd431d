"""The paper's figures and tables, each asked again with one command."""
