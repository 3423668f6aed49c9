#pragma once
#include <functional>

namespace polyclinic {

// Runs `work` under torch's profiler and prints, to standard error, the device kernels by their share of the busy time
// and that of the wall time.
void profile_kernels(const std::function<void()>& work);

}  // namespace polyclinic
