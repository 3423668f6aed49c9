#include "core/xml_text.h"

#include <gtest/gtest.h>

namespace polyclinic {

TEST(XmlText, EscapesMarkupAndQuotesOnRequest) {
  EXPECT_EQ(xml_escaped("a < b & \"c\" > d"), "a &lt; b &amp; \"c\" &gt; d");
  EXPECT_EQ(xml_escaped("say \"&\"", true), "say &quot;&amp;&quot;");
  std::string out = "<t>";
  append_xml_escaped(out, "<");
  EXPECT_EQ(out, "<t>&lt;");
}

}  // namespace polyclinic
