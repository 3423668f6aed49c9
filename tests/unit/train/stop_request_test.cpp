#include "train/stop_request.h"

#include <gtest/gtest.h>

#include <csignal>

namespace polyclinic {
namespace {

TEST(StopRequest, NotesSignals) {
  StopRequest stop;
  EXPECT_EQ(stop.reason(), StopReason::none);
  std::raise(SIGTERM);
  EXPECT_EQ(stop.reason(), StopReason::terminate);
  EXPECT_EQ(exit_code(stop.reason()), ExitCode::terminated);
  std::raise(SIGINT);
  EXPECT_EQ(exit_code(stop.reason()), ExitCode::interrupted);
}

TEST(StopRequest, TimeLimitCountsTheMargin) {
  StopRequest stop(3600.0);
  EXPECT_EQ(stop.reason(), StopReason::none);
  EXPECT_EQ(stop.reason(3601), StopReason::time_limit);
  EXPECT_EQ(exit_code(StopReason::time_limit), ExitCode::terminated);
}

}  // namespace
}  // namespace polyclinic
