package org.adjoint.layers.io;

/** Writing JSON (RFC 8259): the few pieces that the formats here need. */
public final class Json {
  private Json() {}

  /** Returns a string in quotes, with everything escaped that must be. */
  public static String text(String s) {
    StringBuilder out = new StringBuilder(s.length() + 2).append('"');
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          // A lone surrogate has no UTF-8 form; escaped, it survives.
          if (c < ' ' || Character.isSurrogate(c)) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }

  /** Returns a number; NaN and infinities, which JSON lacks, become {@code null}. */
  public static String number(double value) {
    return Double.isFinite(value) ? Double.toString(value) : "null";
  }
}
