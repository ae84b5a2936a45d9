"""The tour: from a folder of pictures to a trained classifier and a report, in one call.

`python -m lab tour` on the command line. `run` has the steps, `page` what the report shows of them.
"""

from lab.tour.result import TourResult
from lab.tour.run import tour

__all__ = ["TourResult", "tour"]
