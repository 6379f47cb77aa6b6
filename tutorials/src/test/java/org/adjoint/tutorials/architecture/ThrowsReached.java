package org.adjoint.tutorials.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * A program of the build: it reads the coverage of all tests together and fails unless they have
 * reached every {@code throw} of the engine. What may stay unreached says that Adjoint itself is
 * broken and has no other cause: an {@code IllegalStateException} or {@code UncheckedIOException}.
 */
final class ThrowsReached {
  private static final Pattern THROW = Pattern.compile("(^|[^\\w.])throw\\s");
  private static final Pattern OWN_FAULT =
      Pattern.compile("throw new (IllegalStateException|UncheckedIOException)\\(");

  private ThrowsReached() {}

  /** Takes JaCoCo's report in XML, whose groups are the modules, and the project's folder. */
  public static void main(String[] arguments) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
    Element report =
        factory.newDocumentBuilder().parse(Path.of(arguments[0]).toFile()).getDocumentElement();
    Path root = Path.of(arguments[1]);
    List<String> unreached = new ArrayList<>();
    int seen = 0;
    for (Element group : children(report, "group")) {
      for (Element folder : children(group, "package")) {
        for (Element file : children(folder, "sourcefile")) {
          Path source =
              root.resolve(group.getAttribute("name"))
                  .resolve("src/main/java")
                  .resolve(folder.getAttribute("name"))
                  .resolve(file.getAttribute("name"));
          seen += look(source, file, unreached);
        }
      }
    }
    System.out.println(seen + " statements throw; " + unreached.size() + " were not reached.");
    unreached.forEach(System.out::println);
    // A report without sources, or of other modules, must not pass for a good one.
    if (!unreached.isEmpty() || seen < 100) {
      System.exit(1);
    }
  }

  private static int look(Path source, Element file, List<String> unreached) throws IOException {
    Map<Integer, Boolean> reached = new HashMap<>();
    for (Element line : children(file, "line")) {
      reached.put(Integer.valueOf(line.getAttribute("nr")), !line.getAttribute("ci").equals("0"));
    }
    List<String> lines = Files.readAllLines(source);
    int seen = 0;
    for (int i = 0; i < lines.size(); i++) {
      String code = lines.get(i).strip();
      boolean comment = code.startsWith("*") || code.startsWith("/");
      if (!comment && THROW.matcher(code).find() && !OWN_FAULT.matcher(code).find()) {
        seen++;
        if (!reached.getOrDefault(i + 1, false)) {
          unreached.add(source.getFileName() + ":" + (i + 1) + " " + code);
        }
      }
    }
    return seen;
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> found = new ArrayList<>();
    for (Node n = parent.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n instanceof Element e && e.getTagName().equals(name)) {
        found.add(e);
      }
    }
    return found;
  }
}
