#include "train/progress.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace polyclinic {
namespace {

std::string content(std::FILE* file) {
  std::rewind(file);
  std::string text(10000, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  return text;
}

TEST(Progress, NamesStepLossSpeedShareAndTimeLeft) {
  EXPECT_EQ(progress_text({120, 900, 0.43214, 0, 0.994, "dev f1 0.612"}, 35124.4, 151),
            "step 120/900 | loss 0.4321 | 35,124 tok/s | real 99 % | 2:31 left | dev f1 0.612");
  EXPECT_EQ(progress_text({1, 10, 2, 0, 1, ""}, 999, 3700),
            "step 1/10 | loss 2.0000 | 999 tok/s | real 100 % | 1:01:40 left");
}

TEST(Progress, PlainLinesWhereThereIsNoTerminal) {
  std::FILE* file = std::tmpfile();
  {
    Progress progress(file, false, 0);
    progress.report({1, 2, 0.5, 10, 1, ""});
    progress.line("checkpoint written");
    progress.report({2, 2, 0.25, 10, 1, ""});
  }
  const std::string text = content(file);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  std::fclose(file);
}

TEST(Progress, QuietPrintsNothing) {
  std::FILE* file = std::tmpfile();
  Progress(file, true, 0).report({2, 2, 0.5, 10, 1, ""});
  EXPECT_EQ(content(file), "");
  std::fclose(file);
}

}  // namespace
}  // namespace polyclinic
