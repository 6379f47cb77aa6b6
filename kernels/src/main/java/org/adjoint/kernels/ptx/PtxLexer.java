package org.adjoint.kernels.ptx;

import java.util.ArrayList;
import java.util.List;

/**
 * Splits a PTX text into words, numbers, strings and punctuation. A word holds its dots, as in
 * {@code ld.global.f32} and {@code %tid.x}, and double colons.
 */
final class PtxLexer {
  enum Kind {
    WORD,
    NUMBER,
    STRING,
    MARK,
    END
  }

  record Token(Kind kind, String text, PtxLine line) {
    boolean is(String mark) {
      return text.equals(mark) && kind != Kind.STRING;
    }
  }

  private final PtxSource source;
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;

  private PtxLexer(PtxSource source) {
    this.source = source;
    this.text = source.text();
  }

  static List<Token> tokens(PtxSource source) {
    PtxLexer lexer = new PtxLexer(source);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n') {
        line++;
        at++;
      } else if (Character.isWhitespace(c)) {
        at++;
      } else if (text.startsWith("//", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (text.startsWith("/*", at)) {
        comment();
      } else if (c == '"') {
        int end = text.indexOf('"', at + 1);
        if (end < 0) {
          throw new PtxException(origin(), "the string", "not closed", "end it with \"");
        }
        add(Kind.STRING, end + 1);
      } else if (Character.isDigit(c)) {
        add(Kind.NUMBER, numberEnd());
      } else if (startsWord(c)) {
        add(Kind.WORD, wordEnd());
      } else if (text.startsWith("<<", at) || text.startsWith(">>", at)) {
        add(Kind.MARK, at + 2);
      } else if ("{}[]()<>,;:@!|+-*/=&^~".indexOf(c) >= 0) {
        add(Kind.MARK, at + 1);
      } else {
        throw new PtxException(origin(), "the character", c, "PTX has no such character");
      }
    }
    add(Kind.END, at);
  }

  private void comment() {
    int end = text.indexOf("*/", at);
    if (end < 0) {
      throw new PtxException(origin(), "the comment", "not closed", "end it with */");
    }
    line += (int) text.substring(at, end).chars().filter(c -> c == '\n').count();
    at = end + 2;
  }

  private static boolean startsWord(char c) {
    return Character.isLetter(c) || c == '_' || c == '$' || c == '%' || c == '.';
  }

  private int wordEnd() {
    int end = at + 1;
    while (end < text.length()) {
      char c = text.charAt(end);
      if (startsWord(c) || Character.isDigit(c)) {
        end++;
      } else if (text.startsWith("::", end)) {
        end += 2;
      } else {
        break;
      }
    }
    return end;
  }

  private int numberEnd() {
    int end = at + 1;
    while (end < text.length()) {
      char c = text.charAt(end);
      boolean exponentSign =
          (c == '-' || c == '+')
              && (text.charAt(end - 1) == 'e' || text.charAt(end - 1) == 'E')
              && !text.startsWith("0x", at)
              && !text.startsWith("0f", at)
              && !text.startsWith("0d", at);
      if (Character.isLetterOrDigit(c) || c == '.' || exponentSign) {
        end++;
      } else {
        break;
      }
    }
    return end;
  }

  private PtxLine origin() {
    return source.origin(line);
  }

  private void add(Kind kind, int end) {
    tokens.add(new Token(kind, text.substring(at, end), origin()));
    at = end;
  }
}
