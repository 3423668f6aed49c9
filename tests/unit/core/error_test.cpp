#include "core/error.h"

#include <gtest/gtest.h>

#include "core/concat.h"

namespace polyclinic {

TEST(Error, IsOneLineWithWhereWhatAndMend) {
  const InputError error("unknown key 'lorra'", {.file = "configs/model/tiny.yaml", .line = 4, .key = "model.lorra"},
                         "did you mean 'lora'?");
  EXPECT_STREQ(error.what(), "configs/model/tiny.yaml:4: model.lorra: unknown key 'lorra'; did you mean 'lora'?");
  EXPECT_EQ(error.code(), ExitCode::bad_input);
}

TEST(Error, LeavesOutWhatIsUnknown) {
  EXPECT_STREQ(FailedError("disk full").what(), "disk full");
  EXPECT_EQ(to_string(Where{.line = 3}), "line 3");
}

TEST(Error, ShowsControlCharactersOnOneLine) {
  EXPECT_STREQ(InputError(std::string("'a\n\r\t\0\x7f'", 8)).what(), "'a\\n\\r\\t\\x00\\x7f'");
}

TEST(Concat, JoinsTextAndNumbers) { EXPECT_EQ(concat("a", 1, ' ', 0.1, true, std::string("z")), "a1 0.1truez"); }

}  // namespace polyclinic
