package org.adjoint.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.models.CharModel;
import org.adjoint.layers.models.Seq2Seq;
import org.adjoint.layers.models.SkipGram;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.layers.train.TrainingStep;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Recurrent layers and the models made of them, beyond what PyTorch recorded. */
class RecurrentTest {
  private final Backend device = Backends.get("reference");
  private final Setup setup = Setup.of(device, DType.F32, 3);

  private Variable zeros(int... dims) {
    return Variable.of(Tensor.zeros(device, DType.F32, dims));
  }

  private Tensor tokens(int limit, int... dims) {
    int[] values = new int[Shape.of(dims).size()];
    Arrays.setAll(values, i -> i * 7 % limit);
    return Tensor.of(device, values, dims);
  }

  private static void refused(String op, String argument, Runnable call) {
    AdjointException e = assertThrows(AdjointException.class, call::run);
    assertEquals(op, e.op(), e.getMessage());
    assertEquals(argument, e.argument(), e.getMessage());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    refused("recurrent", "layers", () -> RecurrentOptions.DEFAULT.layers(0));
    refused("recurrent", "dropout", () -> RecurrentOptions.DEFAULT.dropout(1.5));
    refused("recurrent", "dropout", () -> RecurrentOptions.DEFAULT.dropout(Double.NaN));
    refused("gru", "inputs", () -> new Gru(setup, 0, 2));
    refused("lstm", "units", () -> new LstmCell(setup, 2, 0));
    Lstm lstm = new Lstm(setup, 3, 2);
    refused("lstm", "x", () -> lstm.forward(zeros(4, 3)));
    refused("lstm", "x", () -> lstm.forward(zeros(1, 4, 2)));
    Gru gru = new Gru(setup, 3, 2, RecurrentOptions.DEFAULT.stepsFirst());
    refused("gru", "x", () -> gru.forward(zeros(4, 3)));
    refused("gru", "h", () -> gru.run(zeros(4, 1, 3), zeros(1, 4, 2), null));
    Variable x = zeros(1, 4, 3);
    refused("lstm", "c", () -> lstm.run(x, zeros(1, 1, 2), null, null));
    refused("lstm", "h", () -> lstm.run(x, null, zeros(1, 1, 2), null));
    refused("lstm", "c", () -> lstm.run(x, zeros(1, 1, 2), zeros(1, 2, 2), null));
    refused("rnn_tanh", "x", () -> new RnnCell(setup, 3, 2).forward(zeros(1, 2), zeros(1, 2)));
  }

  @Test
  void whatStandsBehindTheEndOfASequenceDoesNotCount() {
    Tensor ends = Tensor.of(device, new int[] {2, 3}, 2);
    float[] values = new float[2 * 3 * 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.1f * i - 0.5f;
    }
    float[] spoiled = values.clone();
    spoiled[4] = Float.NaN;
    spoiled[5] = Float.POSITIVE_INFINITY;
    values[4] = 0;
    values[5] = 0;
    Gru gru = new Gru(setup, 2, 3, RecurrentOptions.DEFAULT.layers(2).bothWays());
    Variable clean = Variable.parameter(Tensor.of(device, values, 2, 3, 2));
    Variable dirty = Variable.parameter(Tensor.of(device, spoiled, 2, 3, 2));
    Variable expected = gru.run(clean, null, ends).y();
    expected.square().sum().backward();
    var gradients = gru.parameters().values().stream().map(p -> p.variable().grad()).toList();
    float[][] wanted = new float[gradients.size()][];
    Arrays.setAll(wanted, i -> gradients.get(i).toFloatArray());
    gru.parameters().values().forEach(p -> p.variable().resetGrad());
    Variable y = gru.run(dirty, null, ends).y();
    y.square().sum().backward();
    assertArrayEquals(expected.value().toFloatArray(), y.value().toFloatArray());
    assertArrayEquals(clean.grad().toFloatArray(), dirty.grad().toFloatArray());
    int i = 0;
    for (Parameter p : gru.parameters().values()) {
      assertArrayEquals(wanted[i++], p.variable().grad().toFloatArray());
    }
    refused(
        "gru", "lengths", () -> gru.run(clean, null, Tensor.of(device, new int[] {1, 2, 3}, 3)));
  }

  @Test
  void namesAndTexts() {
    Lstm deep = new Lstm(setup, 3, 2, RecurrentOptions.DEFAULT.layers(2).bothWays());
    assertEquals("Lstm(3, 2, 2 layers, both ways)", deep.toString());
    assertEquals("Rnn(3, 2)", new Rnn(setup, 3, 2).toString());
    assertEquals("GruCell(3, 2)", new GruCell(setup, 3, 2).toString());
    assertTrue(deep.parameters().containsKey("weight_hh_l1_reverse"));
    assertEquals(Shape.of(8, 4), deep.tensors().get("weight_ih_l1").shape());
    for (Tensor p : deep.tensors().values()) {
      for (double v : p.toDoubleArray()) {
        assertTrue(Math.abs(v) <= 1 / Math.sqrt(2));
      }
    }
  }

  @Test
  void dropoutStandsBetweenLayersInTrainingOnly() {
    Gru gru = new Gru(setup, 3, 4, RecurrentOptions.DEFAULT.layers(2).dropout(0.5));
    Variable x = zeros(2, 5, 3);
    double[] first = gru.forward(x).value().toDoubleArray();
    assertFalse(Arrays.equals(first, gru.forward(x).value().toDoubleArray()));
    gru.eval();
    assertArrayEquals(
        gru.forward(x).value().toDoubleArray(), gru.forward(x).value().toDoubleArray());
  }

  @Test
  void aRecordedStepHasTheBitsOfTheStep() {
    Loss loss =
        (y, target) -> new CrossEntropy().of(y.reshape(-1, 7), target.reshape(target.size()));
    for (CharModel.Network network : new CharModel.Network[] {Rnn::new, Gru::new, Lstm::new}) {
      double[][] losses = new double[2][3];
      for (int replayed = 0; replayed < 2; replayed++) {
        CharModel model = new CharModel(Setup.of(device, DType.F32, 5), network, 7, 3, 4);
        Sgd optimizer = new Sgd(model, 0.5);
        Tensor x = tokens(7, 2, 5);
        Tensor next = tokens(5, 2, 5);
        TrainingStep step =
            replayed == 1 ? TrainingStep.capture(model, loss, optimizer, x, next) : null;
        for (int i = 0; i < 3; i++) {
          if (step != null) {
            losses[1][i] = step.run(x, next).item();
          } else {
            optimizer.resetGradients();
            Variable l = loss.of(model.forward(Variable.of(x)), next);
            l.backward();
            optimizer.step();
            losses[0][i] = l.item();
          }
        }
      }
      assertArrayEquals(losses[0], losses[1]);
      assertTrue(losses[0][2] < losses[0][0]);
    }
  }

  @Test
  void wordsAndSequencesOfSequences() {
    Seq2Seq translator = new Seq2Seq(setup, 9, 8, 3, 4);
    Variable y = translator.forward(tokens(9, 2, 5), tokens(8, 2, 3));
    assertEquals(Shape.of(2, 3, 8), y.shape());
    y.sum().backward();
    translator.parameters().forEach((name, p) -> assertNotNull(p.gradient(), name));
    SkipGram words = new SkipGram(setup, 9, 3);
    Variable scores = words.forward(tokens(9, 2), tokens(9, 2, 4));
    assertEquals(Shape.of(2, 4), scores.shape());
    double[] a = words.tensors().get("0.weight").select(0, 7).toDoubleArray();
    double[] b = words.tensors().get("1.weight").select(0, 7 * 5 % 9).toDoubleArray();
    double product = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    assertEquals(product, scores.value().get(1, 1), 1e-6);
  }
}
