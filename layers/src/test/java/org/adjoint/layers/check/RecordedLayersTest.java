package org.adjoint.layers.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.adjoint.autograd.check.CheckRow;
import org.adjoint.autograd.check.Comparison;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Single layers beside what PyTorch recorded, and that a wrong one is found. */
final class RecordedLayersTest {
  private static final List<Backend> REFERENCE = List.of(Backends.get("reference"));

  static List<String> names() {
    return new LayerChecker(REFERENCE).names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void outputsGradientsAndStatesArePyTorchs(String name) {
    List<Comparison> comparisons = new ArrayList<>();
    LayerChecker checker = new LayerChecker(REFERENCE).only(List.of(name)).listen(comparisons::add);
    List<CheckRow> rows = checker.run();
    assertEquals(List.of(), checker.failures());
    assertEquals(4, rows.size());
    assertTrue(rows.stream().allMatch(r -> r.ok() && r.fallbacks() == 0), rows.toString());
    LayerRecord record =
        LayerRecord.all().stream().filter(r -> r.name().equals(name)).findFirst().orElseThrow();
    long numbers =
        record.y().length
            + record.gradients().values().stream().mapToLong(v -> v.length).sum()
            + record.buffers().values().stream().mapToLong(v -> v.length).sum();
    assertEquals(2 * numbers, comparisons.size());
    assertEquals(record.parameters().size() + record.inputs().size(), record.gradients().size());
  }

  private static LayerRecord linear(
      String name, Map<String, Shape> parameters, Map<String, double[]> gradients) {
    LayerRecord right =
        LayerRecord.all().stream()
            .filter(r -> r.name().equals("linear-tokens"))
            .findFirst()
            .orElseThrow();
    return new LayerRecord(
        name,
        parameters.isEmpty() ? right.parameters() : parameters,
        right.inputs(),
        right.shape(),
        right.y(),
        gradients,
        Map.of());
  }

  private static String failure(LayerRecord record) {
    LayerChecker checker = new LayerChecker(REFERENCE, List.of(record));
    assertFalse(checker.run().stream().allMatch(CheckRow::ok));
    return checker.failures().getFirst();
  }

  @Test
  void aWrongLayerIsFound() {
    assertTrue(failure(linear("none-such", Map.of(), Map.of())).contains("threw"));
    String other = failure(linear("linear-tokens", Map.of("w", Shape.of(5, 4)), Map.of()));
    assertTrue(other.contains("other parameters"), other);
    String wrong = failure(linear("linear-tokens", Map.of(), Map.of("bias", new double[5])));
    assertTrue(wrong.contains("vjp") && wrong.contains("FAILED"), wrong);
    String shape = failure(linear("linear-tokens", Map.of(), Map.of("bias", new double[4])));
    assertTrue(shape.contains("dbias is of shape"), shape);
    LayerRecord right = linear("linear-tokens", Map.of(), Map.of());
    String missing =
        failure(
            new LayerRecord(
                right.name(),
                right.parameters(),
                right.inputs(),
                right.shape(),
                right.y(),
                Map.of(),
                Map.of("mean", new double[1])));
    assertTrue(missing.contains("mean is missing"), missing);
  }

  @Test
  void unknownLayersAreRefused() {
    ArgumentException e =
        assertThrows(
            ArgumentException.class, () -> new LayerChecker(REFERENCE).only(List.of("liner")));
    assertTrue(e.getMessage().contains("linear-tokens"), e.getMessage());
  }
}
