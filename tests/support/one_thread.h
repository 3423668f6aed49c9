#pragma once
// One OpenMP thread in a test executable: tiny tensors gain nothing from more, and on a busy machine spinning threads
// cost a hundredfold. Include it in one source of the executable.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace polyclinic {

class OneThread : public testing::Environment {
 public:
  void SetUp() override { at::set_num_threads(1); }
};

inline const testing::Environment* const one_thread = testing::AddGlobalTestEnvironment(new OneThread);

}  // namespace polyclinic
