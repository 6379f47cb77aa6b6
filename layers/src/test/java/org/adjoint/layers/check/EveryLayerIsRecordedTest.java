package org.adjoint.layers.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Network;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.DType;
import org.junit.jupiter.api.Test;

/** Each layer's outputs and gradients are compared with PyTorch's, or it is said here why not. */
class EveryLayerIsRecordedTest {
  /** Its normal numbers are a recipe in float32: CellChartTest holds them to the formula. */
  private static final Set<String> OTHERWISE = Set.of("GaussianNoise");

  private static void collect(Network network, Set<String> into) {
    into.add(network.getClass().getSimpleName());
    network.children().values().forEach(child -> collect(child, into));
  }

  @Test
  void everyLayerIsInARecordedCase() throws Exception {
    Set<String> recorded = new TreeSet<>();
    Setup setup = Setup.of(Backends.get("reference"), DType.F64, 1);
    for (LayerRecord record : LayerRecord.all()) {
      collect(LayerCases.build(record.name(), setup).network(), recorded);
    }
    Set<String> missing = new TreeSet<>();
    Path root =
        Path.of(Network.class.getProtectionDomain().getCodeSource().getLocation().toURI())
            .resolve(Network.class.getPackageName().replace('.', '/'));
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (!name.endsWith(".class") || name.contains("$") || name.contains("-")) {
          continue;
        }
        name = name.replace(".class", "");
        Class<?> type = Class.forName(Network.class.getPackageName() + "." + name);
        if (Network.class.isAssignableFrom(type)
            && Modifier.isPublic(type.getModifiers())
            && !Modifier.isAbstract(type.getModifiers())) {
          missing.add(name);
        }
      }
    }
    assertTrue(missing.size() > 40, missing.toString());
    missing.removeAll(recorded);
    assertEquals(new TreeSet<>(OTHERWISE), missing);
  }
}
