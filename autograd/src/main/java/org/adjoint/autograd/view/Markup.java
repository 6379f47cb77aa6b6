package org.adjoint.autograd.view;

import java.util.Locale;

/** Elements of HTML and SVG, written so that an XML parser takes them too. */
final class Markup {
  private final StringBuilder text = new StringBuilder();

  /** Adds what is markup already. */
  Markup raw(String markup) {
    text.append(markup);
    return this;
  }

  /**
   * Opens an element.
   *
   * @param attributes names and values in turn
   */
  Markup open(String tag, Object... attributes) {
    text.append('<').append(tag);
    attributes(attributes);
    text.append('>');
    return this;
  }

  /** Closes an element. */
  Markup close(String tag) {
    text.append("</").append(tag).append(">\n");
    return this;
  }

  /** Adds an element that holds text. */
  Markup text(String tag, String content, Object... attributes) {
    text.append('<').append(tag);
    attributes(attributes);
    text.append('>').append(escape(content)).append("</").append(tag).append(">\n");
    return this;
  }

  /** Adds an element without content. */
  Markup empty(String tag, Object... attributes) {
    text.append('<').append(tag);
    attributes(attributes);
    text.append("/>\n");
    return this;
  }

  private void attributes(Object... attributes) {
    for (int i = 0; i < attributes.length; i += 2) {
      Object value = attributes[i + 1];
      String plain =
          value instanceof Double d ? String.format(Locale.ROOT, "%.1f", d) : value.toString();
      text.append(' ').append(attributes[i]).append("=\"").append(escape(plain)).append('"');
    }
  }

  static String escape(String plain) {
    return plain
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
