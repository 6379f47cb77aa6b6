package org.adjoint.layers.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What scikit-learn, and for texts the formulas of metrics.py, say of the same predictions. */
class MetricsTest {
  /** Sums of at most 150 doubles, in another order. */
  private static final double EXACT = 1e-12;

  private final Backend device = Backends.get("reference");
  private List<String> lines = List.of();

  @BeforeEach
  void read() throws Exception {
    lines =
        Files.readAllLines(
            Path.of(MetricsTest.class.getResource("/org/adjoint/layers/metrics.txt").toURI()));
  }

  private double[] numbers(String name) {
    String line = lines.stream().filter(l -> l.startsWith(name + " ")).findFirst().orElseThrow();
    return Arrays.stream(line.split(" ")).skip(1).mapToDouble(Double::parseDouble).toArray();
  }

  private double number(String name) {
    return numbers(name)[0];
  }

  private int[] whole(String name) {
    return Arrays.stream(numbers(name)).mapToInt(v -> (int) v).toArray();
  }

  private static void refused(Executable action) {
    assertThrows(AdjointException.class, action);
  }

  @Test
  void confusion() {
    ConfusionMatrix confusion = new ConfusionMatrix(5);
    int[] labels = whole("labels");
    int[] predicted = whole("predicted");
    for (int i = 0; i < labels.length; i++) {
      confusion.add(labels[i], predicted[i]);
    }
    assertEquals(number("accuracy"), confusion.accuracy(), EXACT);
    for (ConfusionMatrix.Average average : ConfusionMatrix.Average.values()) {
      double[] expected = numbers(average.name().toLowerCase(java.util.Locale.ROOT));
      assertEquals(expected[0], confusion.precision(average), EXACT, average::name);
      assertEquals(expected[1], confusion.recall(average), EXACT, average::name);
      assertEquals(expected[2], confusion.f1(average), EXACT, average::name);
    }
  }

  @Test
  void topK() {
    int[] labels = whole("labels");
    double[] logits = numbers("logits");
    int half = 60;
    for (int k = 1; k <= 3; k++) {
      TopK top = new TopK(k);
      assertTrue(Double.isNaN(top.value()));
      Tensor all = Tensor.of(device, logits, labels.length, 5);
      Tensor classes = Tensor.of(device, labels, labels.length);
      top.add(all.slice(0, 0, half), classes.slice(0, 0, half));
      top.add(all.slice(0, half, labels.length), classes.slice(0, half, labels.length));
      assertEquals(number("top" + k), top.value(), EXACT);
    }
    TopK ties = new TopK(1);
    ties.add(
        Tensor.of(device, new float[] {1, 1, 1, 1, Float.NaN, 0}, 3, 2),
        Tensor.of(device, new int[] {0, 1, 0}, 3));
    assertEquals(1.0 / 3, ties.value(), EXACT);
    refused(() -> new TopK(0));
    Tensor two = Tensor.zeros(device, DType.F32, 2, 3);
    refused(() -> ties.add(two, Tensor.of(device, new int[] {0}, 1)));
    refused(() -> ties.add(two, Tensor.of(device, new int[] {0, 3}, 2)));
    refused(() -> ties.add(two, Tensor.of(device, new int[] {-1, 0}, 2)));
  }

  @Test
  void thresholds() {
    for (String name : List.of("distinct", "ties")) {
      BinaryScores scores = new BinaryScores();
      double[] s = numbers(name + ".scores");
      int[] positive = whole(name + ".positive");
      for (int i = 0; i < s.length; i++) {
        scores.add(s[i], positive[i] == 1);
      }
      assertEquals(number(name + ".auc"), scores.rocAuc(), EXACT);
      assertEquals(number(name + ".ap"), scores.averagePrecision(), EXACT);
    }
    BinaryScores one = new BinaryScores();
    one.add(-0.0, true);
    assertTrue(Double.isNaN(one.rocAuc()));
    one.add(0.0, false);
    assertEquals(0.5, one.rocAuc());
    assertTrue(Double.isNaN(new BinaryScores().averagePrecision()));
    refused(() -> one.add(Double.NaN, true));
  }

  @Test
  void regression() {
    double[] t = numbers("target");
    double[] p = numbers("prediction");
    Regression r = new Regression();
    assertTrue(Double.isNaN(r.meanAbsoluteError()) && Double.isNaN(r.r2()));
    r.add(Tensor.of(device, t, t.length), Tensor.of(device, p, t.length));
    assertEquals(number("mae"), r.meanAbsoluteError(), EXACT);
    assertEquals(number("rmse"), r.rootMeanSquaredError(), EXACT);
    // Targets around 10⁶: their squares lose six digits of the spread in the reference too.
    assertEquals(number("r2"), r.r2(), 1e-9);
    Tensor two = Tensor.zeros(device, DType.F32, 2);
    refused(() -> r.add(two, Tensor.zeros(device, DType.F32, 2, 1)));
  }

  @Test
  void perplexity() {
    Perplexity p = new Perplexity();
    assertTrue(Double.isNaN(p.value()));
    p.add(number("log_loss") + 0.5, 30);
    p.add(number("log_loss") - 0.5, 30);
    assertEquals(number("perplexity"), p.value(), EXACT * p.value());
  }

  @Test
  void texts() {
    ErrorRate wer = new ErrorRate();
    ErrorRate cer = new ErrorRate();
    Bleu bleu = new Bleu();
    assertTrue(Double.isNaN(bleu.value()) && Double.isNaN(wer.value()));
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith("hypothesis ")) {
        String h = lines.get(i).substring(11);
        List<List<String>> references = new ArrayList<>();
        for (int j = i + 1; lines.get(j).startsWith("reference "); j++) {
          references.add(ErrorRate.words(lines.get(j).substring(10)));
        }
        String first = lines.get(i + 1).substring(10);
        wer.addWords(first, h);
        cer.addCharacters(first, h);
        bleu.add(ErrorRate.words(h), references);
      }
    }
    assertEquals((long) number("wer"), wer.errors());
    assertEquals(numbers("wer")[1], wer.value(), EXACT);
    assertEquals((long) number("cer"), cer.errors());
    assertEquals(numbers("cer")[1], cer.value(), EXACT);
    assertEquals(number("bleu"), bleu.value(), EXACT);
  }

  @Test
  void edgesOfTexts() {
    assertEquals(3, ErrorRate.distance(List.of(), List.of(1, 2, 3)));
    assertEquals(2, ErrorRate.distance(List.of("a", "b"), List.of()));
    assertEquals(List.of(), ErrorRate.words("  "));
    Bleu none = new Bleu();
    none.add("a b c", "a b c");
    assertEquals(0, none.value(), "no four words in a row");
    Bleu two = new Bleu(2);
    two.add("a b c", "a b c");
    assertEquals(1, two.value(), EXACT);
    refused(() -> new Bleu(0));
    refused(() -> two.add(List.of("a"), List.of()));
  }
}
