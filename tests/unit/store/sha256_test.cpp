#include "store/sha256.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "support/temporary_folder.h"

namespace polyclinic {
namespace {

// NIST, "SHA-256 example values" (FIPS 180-4), and the CAVP's empty message.
TEST(Sha256, ExamplesOfTheStandard) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesAndFilesGiveTheSame) {
  const std::string text(1000, 'x');
  for (const std::size_t piece : {1u, 7u, 63u, 64u, 65u, 128u}) {
    Sha256 hash;
    for (std::size_t at = 0; at < text.size(); at += piece) hash.update(std::string_view(text).substr(at, piece));
    EXPECT_EQ(hash.hex(), sha256(text));
  }
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "abc", "abc");
  EXPECT_EQ(sha256_file(folder.path() / "abc"), sha256("abc"));
  EXPECT_THROW(sha256_file(folder.path() / "absent"), InputError);
  EXPECT_THROW(sha256_file(folder.path()), InputError);
}

}  // namespace
}  // namespace polyclinic
