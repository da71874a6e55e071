"""What platforms are given to run: `tidegate_run.py --run silver.orders --env prod --config s3://…`."""

from tidegate.factory.arguments import main
from tidegate.factory.submitted import SUBMITTED

if __name__ == "__main__":
    main(SUBMITTED)
