#pragma once
// numpy adds pairwise, and a printed repr() shows the difference.
#include <vector>

namespace polyclinic {

// numpy.sum of float64 values: pairwise in blocks of 128 with eight partial sums (numpy 1.9 to 2.x).
double numpy_sum(const std::vector<double>& values);

// pandas.Series.mean: NaN when empty.
double numpy_mean(const std::vector<double>& values);

}  // namespace polyclinic
