package org.adjoint.tutorials.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** What the poms promise to those who depend on them, and how long a source file may be. */
final class HouseTest {
  /** Surefire starts in the module's folder, so the project's lies above it. */
  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  @ParameterizedTest
  @ValueSource(strings = {"tensor", "kernels", "autograd", "layers", "cpu-backend"})
  void anEngineModuleBringsNothingButTheEngine(String module) throws Exception {
    for (Element dependency : dependencies(ROOT.resolve(module + "/pom.xml"))) {
      String scope = text(dependency, "scope");
      if (!scope.equals("test") && !scope.equals("provided")) {
        assertEquals("org.adjoint", text(dependency, "groupId"), module);
      }
    }
  }

  @Test
  void theParentBringsNothingAtRunTimeAndManagesOnlyOurs() throws Exception {
    Path pom = ROOT.resolve("pom.xml");
    assertFalse(dependencies(pom).isEmpty());
    for (Element dependency : dependencies(pom)) {
      boolean managed =
          dependency.getParentNode().getParentNode().getNodeName().endsWith("Management");
      if (managed) {
        assertEquals("org.adjoint", text(dependency, "groupId"));
      } else {
        String scope = text(dependency, "scope");
        assertTrue(
            scope.equals("test") || scope.equals("provided"), text(dependency, "artifactId"));
      }
    }
  }

  @Test
  void everyPackageIsNullMarked() throws IOException {
    List<String> missing = new ArrayList<>();
    for (Path source : sources("main")) {
      Path info = source.resolveSibling("package-info.java");
      boolean module = source.endsWith("module-info.java");
      if (!module && (!Files.exists(info) || !Files.readString(info).contains("@NullMarked"))) {
        missing.add(ROOT.relativize(source.getParent()).toString());
      }
    }
    assertEquals(List.of(), missing.stream().distinct().toList());
  }

  @Test
  void noSourceFileExceeds500Lines() throws IOException {
    List<String> tooLong = new ArrayList<>();
    for (String tree : List.of("main", "test")) {
      for (Path source : sources(tree)) {
        int lines = Files.readAllLines(source).size();
        if (lines > 500) {
          tooLong.add(ROOT.relativize(source) + ": " + lines);
        }
      }
    }
    assertEquals(List.of(), tooLong);
  }

  private static List<Path> sources(String tree) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String module :
        List.of(
            "tensor",
            "kernels",
            "autograd",
            "layers",
            "cpu-backend",
            "cuda-backend",
            "bench",
            "tutorials")) {
      Path folder = ROOT.resolve(module + "/src/" + tree + "/java");
      if (Files.isDirectory(folder)) {
        try (Stream<Path> files = Files.walk(folder)) {
          files.filter(f -> f.toString().endsWith(".java")).forEach(found::add);
        }
      }
    }
    assertFalse(found.isEmpty());
    return found;
  }

  /** The dependencies of a pom outside its build section, whose plugins have their own. */
  private static List<Element> dependencies(Path pom) throws Exception {
    var document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(pom.toFile());
    var nodes = document.getElementsByTagName("dependency");
    List<Element> found = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      Node node = nodes.item(i);
      Node above = node;
      while (above != null && !above.getNodeName().equals("build")) {
        above = above.getParentNode();
      }
      if (above == null && node instanceof Element element) {
        found.add(element);
      }
    }
    return found;
  }

  private static String text(Element element, String child) {
    var nodes = element.getElementsByTagName(child);
    return nodes.getLength() == 0 ? "" : nodes.item(0).getTextContent().trim();
  }
}
