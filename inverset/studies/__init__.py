"""The paper's figures and tables, each repeated with one command."""
