#include "model/json.h"

#include <cstring>
#include <locale>
#include <sstream>

#include "model/model.h"

namespace sswnn {
namespace json {
namespace {

constexpr int deepest = 64;

class Parser {
 public:
  Parser(const char *begin, std::size_t size) : begin_(begin), at_(begin), end_(begin + size) {}

  Value document()
  {
    Value v = value(0);
    skip_space();
    if (at_ != end_) fail("text after the end");
    return v;
  }

 private:
  const char *begin_, *at_, *end_;

  [[noreturn]] void fail(const std::string &what) const
  {
    throw ModelError("invalid JSON at byte " + std::to_string(at_ - begin_) + ": " + what);
  }

  void skip_space()
  {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) at_++;
  }

  char next()
  {
    if (at_ == end_) fail("unexpected end");
    return *at_++;
  }

  void expect(char c)
  {
    skip_space();
    if (at_ == end_ || *at_ != c) fail(std::string("expected '") + c + "'");
    at_++;
  }

  bool accept(char c)
  {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    at_++;
    return true;
  }

  Value value(int depth)
  {
    if (depth > deepest) fail("nested too deeply");
    skip_space();
    if (at_ == end_) fail("unexpected end");
    Value v;
    switch (*at_) {
      case '{': object(v, depth); break;
      case '[': array(v, depth); break;
      case '"':
        v.kind = Value::Kind::string;
        v.string = text();
        break;
      case 't': word("true"), v.kind = Value::Kind::boolean, v.boolean = true; break;
      case 'f': word("false"), v.kind = Value::Kind::boolean; break;
      case 'n': word("null"); break;
      default: number(v);
    }
    return v;
  }

  void word(const char *w)
  {
    const std::size_t n = std::strlen(w);
    if (std::size_t(end_ - at_) < n || std::strncmp(at_, w, n) != 0) fail("unknown word");
    at_ += n;
  }

  void object(Value &v, int depth)
  {
    v.kind = Value::Kind::object;
    at_++;
    if (accept('}')) return;
    do {
      skip_space();
      if (at_ == end_ || *at_ != '"') fail("expected a member name");
      std::string name = text();
      if (v.find(name)) fail("duplicate member '" + name + "'");
      expect(':');
      Value member = value(depth + 1);
      v.members.emplace_back(std::move(name), std::move(member));
    } while (accept(','));
    expect('}');
  }

  void array(Value &v, int depth)
  {
    v.kind = Value::Kind::array;
    at_++;
    if (accept(']')) return;
    do v.items.push_back(value(depth + 1));
    while (accept(','));
    expect(']');
  }

  void digits()
  {
    if (at_ == end_ || *at_ < '0' || *at_ > '9') fail("expected a digit");
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') at_++;
  }

  void number(Value &v)
  {
    const char *start = at_;
    if (*at_ == '-') at_++;
    if (at_ != end_ && *at_ == '0')
      at_++;
    else
      digits();
    if (at_ != end_ && *at_ == '.') at_++, digits();
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      at_++;
      if (at_ != end_ && (*at_ == '+' || *at_ == '-')) at_++;
      digits();
    }
    v.kind = Value::Kind::number;
    std::istringstream text(std::string(start, at_));
    text.imbue(std::locale::classic());    // a program may have set one with a decimal comma
    text >> v.number;                      // HUGE_VAL where it is too large
  }

  unsigned hex4()
  {
    unsigned u = 0;
    for (int i = 0; i < 4; i++) {
      const char c = next();
      u *= 16;
      if (c >= '0' && c <= '9')
        u += c - '0';
      else if (c >= 'a' && c <= 'f')
        u += c - 'a' + 10;
      else if (c >= 'A' && c <= 'F')
        u += c - 'A' + 10;
      else
        fail("bad \\u escape");
    }
    return u;
  }

  static void append_utf8(std::string &s, unsigned u)
  {
    if (u < 0x80)
      s += char(u);
    else if (u < 0x800)
      s += char(0xC0 | u >> 6), s += char(0x80 | (u & 0x3F));
    else if (u < 0x10000)
      s += char(0xE0 | u >> 12), s += char(0x80 | (u >> 6 & 0x3F)), s += char(0x80 | (u & 0x3F));
    else
      s += char(0xF0 | u >> 18), s += char(0x80 | (u >> 12 & 0x3F)), s += char(0x80 | (u >> 6 & 0x3F)),
          s += char(0x80 | (u & 0x3F));
  }

  void escape(std::string &s)
  {
    const char c = next();
    switch (c) {
      case '"':
      case '\\':
      case '/': s += c; return;
      case 'b': s += '\b'; return;
      case 'f': s += '\f'; return;
      case 'n': s += '\n'; return;
      case 'r': s += '\r'; return;
      case 't': s += '\t'; return;
      case 'u': break;
      default: fail("unknown escape");
    }
    unsigned u = hex4();
    if (u >= 0xDC00 && u < 0xE000) fail("lone surrogate");
    if (u >= 0xD800 && u < 0xDC00) {
      if (next() != '\\' || next() != 'u') fail("lone surrogate");
      const unsigned low = hex4();
      if (low < 0xDC00 || low >= 0xE000) fail("lone surrogate");
      u = 0x10000 + ((u - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(s, u);
  }

  std::string text()
  {
    std::string s;
    at_++;
    for (char c = next(); c != '"'; c = next()) {
      if ((unsigned char)c < 0x20) fail("control character in a string");
      if (c == '\\')
        escape(s);
      else if ((unsigned char)c < 0x80)
        s += c;
      else
        sequence(c, s);
    }
    return s;
  }

  /// One character of two to four bytes of UTF-8, the shortest form only, no surrogates.
  void sequence(char first, std::string &s)
  {
    const unsigned char lead = first;
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4) fail("not UTF-8");
    unsigned u = lead & (0x3F >> more);
    s += first;
    for (int i = 0; i < more; i++) {
      const unsigned char c = next();
      if ((c & 0xC0) != 0x80) fail("not UTF-8");
      u = u << 6 | (c & 0x3F);
      s += char(c);
    }
    constexpr unsigned least[] = {0, 0x80, 0x800, 0x10000};
    if (u < least[more] || u > 0x10FFFF || (u >= 0xD800 && u < 0xE000)) fail("not UTF-8");
  }
};

}    // namespace

const Value *Value::find(const std::string &name) const
{
  for (const auto &member : members)
    if (member.first == name) return &member.second;
  return nullptr;
}

Value parse(const char *begin, std::size_t size)
{
  return Parser(begin, size).document();
}

}    // namespace json
}    // namespace sswnn
