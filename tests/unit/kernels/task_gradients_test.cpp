#include "kernels/task_gradients.h"

#include "unit/kernels/on_device.h"

namespace polyclinic::kernels {
namespace {

class TaskGradientsOn : public testing::TestWithParam<Target> {};

// Rows that vectors fit, and rows that none fits.
TEST_P(TaskGradientsOn, GramAndCombinationAreTheDefinitions) {
  if (GetParam().type != ElementType::float32) GTEST_SKIP() << "gradients are fp32";
  for (const std::int64_t count : {std::int64_t{4096}, std::int64_t{100003}, std::int64_t{2}}) {
    for (const std::int32_t tasks : {1, 5, 8}) {
      const std::int64_t stride = count == 4096 ? count : count | 1;
      const auto at = [&](std::int32_t t, std::int64_t i) { return static_cast<std::size_t>(t * stride + i); };
      Buffer values(GetParam(), random_values(static_cast<std::size_t>(tasks * stride), 5));
      Buffer weights(GetParam(), random_values(static_cast<std::size_t>(tasks), 6));
      Buffer gram(GetParam(), static_cast<std::size_t>(tasks * tasks)),
          out(GetParam(), static_cast<std::size_t>(count));
      const std::vector<double> v = values.values(), w = weights.values();
      const TaskGradients gradients{values.as<float>(), tasks, count, stride};
      if (GetParam().cuda) {
#ifdef POLYCLINIC_CUDA
        Buffer work(GetParam(), static_cast<std::size_t>(gram_workspace(tasks)));
        gram_cuda(gradients, work.as<float>(), gram.as<float>(), nullptr);
        combine_cuda(gradients, weights.as<float>(), out.as<float>(), nullptr);
        cudaDeviceSynchronize();
#endif
      } else {
        gram_cpu(gradients, gram.as<float>());
        combine_cpu(gradients, weights.as<float>(), out.as<float>());
      }
      std::vector<double> expected(static_cast<std::size_t>(tasks * tasks), 0.0), sum(static_cast<std::size_t>(count));
      for (std::int64_t i = 0; i < count; ++i) {
        for (std::int32_t a = 0; a < tasks; ++a) {
          sum[static_cast<std::size_t>(i)] += w[static_cast<std::size_t>(a)] * v[at(a, i)];
          for (std::int32_t b = 0; b < tasks; ++b) {
            expected[static_cast<std::size_t>(a * tasks + b)] += v[at(a, i)] * v[at(b, i)];
          }
        }
      }
      expect_near(out.values(), sum, 1e-5);
      // A sum of `count` products of size 1 in fp32, most of them one by one.
      expect_near(gram.values(), expected, 1e-4 * std::sqrt(static_cast<double>(count)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, TaskGradientsOn, testing::ValuesIn(targets()), name_of);

}  // namespace
}  // namespace polyclinic::kernels
