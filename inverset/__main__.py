"""``python -m inverset`` is ``inverset``."""

from inverset.cli import main

if __name__ == "__main__":
    main()
