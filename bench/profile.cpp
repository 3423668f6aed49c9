#include "bench/profile.h"

#include <torch/csrc/autograd/profiler_kineto.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace polyclinic {

void profile_kernels(const std::function<void()>& work) {
  namespace profiler = torch::autograd::profiler;
  const torch::profiler::impl::ProfilerConfig config(torch::profiler::impl::ProfilerState::KINETO);
  const std::set<torch::profiler::impl::ActivityType> activities{torch::profiler::impl::ActivityType::CUDA};
  profiler::prepareProfiler(config, activities);
  profiler::enableProfiler(config, activities);
  const auto start = std::chrono::steady_clock::now();
  work();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto result = profiler::disableProfiler();
  struct Sum {
    double seconds = 0;
    int calls = 0;
  };
  std::map<std::string, Sum> kernels;
  double busy = 0;
  for (const auto& event : result->events()) {
    if (event.deviceType() != c10::DeviceType::CUDA) continue;
    Sum& sum = kernels[event.name().substr(0, 110)];
    sum.seconds += static_cast<double>(event.durationNs()) * 1e-9;
    ++sum.calls;
    busy += static_cast<double>(event.durationNs()) * 1e-9;
  }
  std::vector<std::pair<std::string, Sum>> sorted(kernels.begin(), kernels.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  std::fprintf(stderr, "wall %.2f ms, kernels %.2f ms in all streams\n", wall * 1e3, busy * 1e3);
  for (std::size_t i = 0; i < std::min<std::size_t>(sorted.size(), 40); ++i) {
    const auto& [name, sum] = sorted[i];
    std::fprintf(stderr, "%5.1f %% %8.2f ms %6d x %7.1f us  %s\n", 100 * sum.seconds / busy, sum.seconds * 1e3,
                 sum.calls, sum.seconds * 1e6 / sum.calls, name.c_str());
  }
}

}  // namespace polyclinic
