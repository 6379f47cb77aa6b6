package org.adjoint.autograd.view;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What the pages have in common: one file of HTML that needs nothing else and is XML too. */
final class Page {
  private Page() {}

  /** Returns a page that is open up to its main part. */
  static Markup begin(String title, String summary) {
    Markup out = new Markup().raw("<!DOCTYPE html>\n");
    out.open("html", "xmlns", "http://www.w3.org/1999/xhtml", "lang", "en").raw("\n");
    out.open("head").empty("meta", "charset", "utf-8");
    out.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    out.text("title", title + " · Adjoint");
    out.raw("<style>/*<![CDATA[*/\n").raw(resource("page.css")).raw("/*]]>*/</style>\n");
    out.close("head").open("body").open("header");
    out.text("h1", title).text("p", summary, "class", "summary").close("header");
    return out.open("main");
  }

  /** Returns a text that lies in the jar. */
  static String resource(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("view: " + name + " is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
