#include "store/metrics_log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

TEST(MetricsLog, OneObjectALine) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "run" / "metrics.jsonl";
  {
    MetricsLog log(file, 0);
    log.append({{"step", 1}, {"loss", 0.5}});
    log.append({{"step", 2}, {"loss", 0.25}});
    log.sync();
  }
  EXPECT_EQ(read_file(file), "{\"loss\":0.5,\"step\":1}\n{\"loss\":0.25,\"step\":2}\n");
}

TEST(MetricsLog, AResumedRunCutsWhatItWillWriteAgain) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "metrics.jsonl";
  write_file_atomic(file, "{\"note\":1}\n{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n{\"st");
  { MetricsLog log(file, 2); }
  EXPECT_EQ(read_file(file), "{\"note\":1}\n{\"step\":1}\n{\"step\":2}\n");
  {
    MetricsLog log(file, 2);
    log.append({{"step", 3}});
  }
  EXPECT_EQ(read_file(file), "{\"note\":1}\n{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n");
  { MetricsLog log(file, 0); }
  EXPECT_EQ(read_file(file), "{\"note\":1}\n");
}

TEST(MetricsLog, ABrokenLineEndsTheLog) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "metrics.jsonl";
  write_file_atomic(file, "{\"step\":1}\n\0\0\0\n{\"step\":2}\n");
  { MetricsLog log(file, 9); }
  EXPECT_EQ(read_file(file), "{\"step\":1}\n");
}

TEST(MetricsLog, NumbersThatAreNoneBecomeNull) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "metrics.jsonl";
  MetricsLog(file, 0).append({{"loss", std::numeric_limits<double>::quiet_NaN()}, {"text", "\xFF"}});
  EXPECT_EQ(read_file(file), "{\"loss\":null,\"text\":\"\xEF\xBF\xBD\"}\n");
}

}  // namespace
}  // namespace polyclinic
