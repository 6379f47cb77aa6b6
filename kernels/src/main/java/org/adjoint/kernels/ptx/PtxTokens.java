package org.adjoint.kernels.ptx;

import java.util.List;
import org.adjoint.kernels.ptx.PtxLexer.Kind;
import org.adjoint.kernels.ptx.PtxLexer.Token;
import org.adjoint.kernels.ptx.PtxSyntax.Form;
import org.adjoint.kernels.ptx.PtxSyntax.Immediate;

/** The tokens of a text with a place in them, and the constant expressions. */
final class PtxTokens {
  private final List<Token> tokens;
  private int at;

  PtxTokens(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token peek(int ahead) {
    return tokens.get(Math.min(at + ahead, tokens.size() - 1));
  }

  Token next() {
    Token token = tokens.get(at);
    at = Math.min(at + 1, tokens.size() - 1);
    return token;
  }

  boolean take(String mark) {
    if (peek().is(mark)) {
      next();
      return true;
    }
    return false;
  }

  Token expect(String mark) {
    Token token = next();
    if (!token.is(mark)) {
      throw new PtxException(token.line(), "the text", quote(token), "expected " + mark);
    }
    return token;
  }

  Token word(String what) {
    Token token = next();
    if (token.kind() != Kind.WORD) {
      throw new PtxException(token.line(), "the text", quote(token), "expected " + what);
    }
    return token;
  }

  static String quote(Token token) {
    return token.kind() == Kind.END ? "the end of the file" : "'" + token.text() + "'";
  }

  /** Reads an integer constant expression. */
  long integer() {
    PtxLine line = peek().line();
    Immediate value = constant();
    if (value.form() != Form.INTEGER) {
      throw new PtxException(line, "the constant", value.real(), "expected an integer");
    }
    return value.bits();
  }

  boolean startsConstant() {
    Token t = peek();
    return t.kind() == Kind.NUMBER || t.is("-") || t.is("~") || t.is("(") || t.is("WARP_SZ");
  }

  /**
   * Reads a constant expression: + - * / % &lt;&lt; &gt;&gt; &amp; | ^ of integers, or a number.
   */
  Immediate constant() {
    return binary(0);
  }

  private static int precedence(Token token) {
    return switch (token.kind() == Kind.MARK ? token.text() : "") {
      case "|" -> 1;
      case "^" -> 2;
      case "&" -> 3;
      case "<<", ">>" -> 4;
      case "+", "-" -> 5;
      case "*", "/" -> 6;
      default -> -1;
    };
  }

  private Immediate binary(int level) {
    Immediate left = unary();
    while (precedence(peek()) > level) {
      Token operator = next();
      Immediate right = binary(precedence(operator));
      if (left.form() != Form.INTEGER || right.form() != Form.INTEGER) {
        throw new PtxException(
            operator.line(), "the constant expression", "not integer", "write the value itself");
      }
      long a = left.bits();
      long b = right.bits();
      if (operator.is("/") && b == 0) {
        throw new PtxException(operator.line(), "the divisor", 0, "expected another value");
      }
      left =
          new Immediate(
              Form.INTEGER,
              switch (operator.text()) {
                case "|" -> a | b;
                case "^" -> a ^ b;
                case "&" -> a & b;
                case "<<" -> a << b;
                case ">>" -> a >> b;
                case "+" -> a + b;
                case "-" -> a - b;
                case "*" -> a * b;
                default -> a / b;
              });
    }
    return left;
  }

  private Immediate unary() {
    Token token = next();
    if (token.is("-")) {
      Immediate value = unary();
      return switch (value.form()) {
        case INTEGER -> new Immediate(Form.INTEGER, -value.bits());
        case SINGLE -> new Immediate(Form.SINGLE, value.bits() ^ 0x80000000L);
        case DOUBLE -> new Immediate(Form.DOUBLE, value.bits() ^ Long.MIN_VALUE);
      };
    }
    if (token.is("~")) {
      return new Immediate(Form.INTEGER, ~unary().bits());
    }
    if (token.is("(")) {
      Immediate value = binary(0);
      expect(")");
      return value;
    }
    if (token.is("WARP_SZ")) {
      return new Immediate(Form.INTEGER, 32);
    }
    if (token.kind() != Kind.NUMBER) {
      throw new PtxException(token.line(), "the text", quote(token), "expected a constant");
    }
    return number(token);
  }

  private static Immediate number(Token token) {
    String text = token.text();
    try {
      if (text.startsWith("0f") || text.startsWith("0F")) {
        return new Immediate(Form.SINGLE, Long.parseLong(text, 2, text.length(), 16));
      }
      if (text.startsWith("0d") || text.startsWith("0D")) {
        return new Immediate(Form.DOUBLE, Long.parseUnsignedLong(text, 2, text.length(), 16));
      }
      int end = text.endsWith("U") ? text.length() - 1 : text.length();
      if (text.startsWith("0x") || text.startsWith("0X")) {
        return new Immediate(Form.INTEGER, Long.parseUnsignedLong(text, 2, end, 16));
      }
      if (text.startsWith("0b")) {
        return new Immediate(Form.INTEGER, Long.parseUnsignedLong(text, 2, end, 2));
      }
      if (text.indexOf('.') >= 0 || text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
        return new Immediate(Form.DOUBLE, Double.doubleToRawLongBits(Double.parseDouble(text)));
      }
      return new Immediate(Form.INTEGER, Long.parseUnsignedLong(text, 0, end, 10));
    } catch (NumberFormatException e) {
      throw new PtxException(token.line(), "the number", "'" + text + "'", "PTX has no such form");
    }
  }
}
