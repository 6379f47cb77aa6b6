package org.adjoint.layers.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Softmax;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Dropout;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.loss.BinaryCrossEntropyWithLogits;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

class WarningsTest {
  private final Setup setup = Setup.of(Small.DEVICE, DType.F32, 1);
  private final Linear linear = new Linear(setup, 3, 2);
  private final Variable x =
      Variable.of(Tensor.of(Small.DEVICE, new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
  private final Tensor labels = Tensor.of(Small.DEVICE, new int[] {0, 1}, 2);

  private static void found(List<Warning> warnings, String id, String... parts) {
    assertEquals(1, warnings.size(), warnings::toString);
    assertEquals(id, warnings.get(0).id());
    for (String part : parts) {
      assertTrue(warnings.get(0).toString().contains(part), warnings.get(0)::toString);
    }
  }

  @Test
  void aSoundStepHasNone() {
    Variable loss = new CrossEntropy().of(linear.forward(x), labels);
    assertEquals(List.of(), Warnings.inspect(linear, loss));
    loss.backward();
    linear.resetGradients();
    assertEquals(
        List.of(), Warnings.inspect(linear, new CrossEntropy().of(linear.forward(x), labels)));
  }

  @Test
  void gradientsThatAreStillThere() {
    new CrossEntropy().of(linear.forward(x), labels).backward();
    found(
        Warnings.inspect(linear, new CrossEntropy().of(linear.forward(x), labels)),
        Warnings.GRADIENTS_NOT_RESET,
        "weight and 1 others",
        "resetGradients()");
  }

  @Test
  void probabilitiesWhereLogitsBelong() {
    Variable p = Softmax.softmax(linear.forward(x), 1).reshape(2, 2);
    found(
        Warnings.inspect(linear, new CrossEntropy().of(p, labels)),
        Warnings.SOFTMAX_BEFORE_CROSS_ENTROPY,
        "softmax");
    found(
        Warnings.inspect(linear, Softmax.logSoftmax(p, 1).mean()),
        Warnings.SOFTMAX_BEFORE_CROSS_ENTROPY,
        "log_softmax takes logits");
    found(
        Warnings.inspect(
            linear,
            BinaryCrossEntropyWithLogits.mean()
                .of(linear.forward(x).sigmoid(), Tensor.zeros(Small.DEVICE, DType.F32, 2, 2))),
        Warnings.SOFTMAX_BEFORE_CROSS_ENTROPY,
        "sigmoid");
    found(
        Warnings.inspect(
            linear,
            BinaryCrossEntropyWithLogits.mean()
                .positiveWeight(Tensor.zeros(Small.DEVICE, DType.F32, 2))
                .of(linear.forward(x).sigmoid(), Tensor.zeros(Small.DEVICE, DType.F32, 2, 2))),
        Warnings.SOFTMAX_BEFORE_CROSS_ENTROPY,
        "sigmoid");
  }

  @Test
  void dropoutThatIsLeftOn() {
    Sequential dropping = new Sequential(linear, new Dropout(setup, 0.5));
    Sequential norming = new Sequential(linear, new BatchNorm(setup, 2));
    for (Sequential model : List.of(dropping, norming)) {
      try (Graph.NoGrad _ = Graph.noGrad()) {
        found(
            Warnings.inspect(model, model.forward(x)),
            Warnings.TRAINING_MODE_IN_EVALUATION,
            model == dropping ? "dropout drops" : "batch norm uses",
            "eval()");
        model.eval();
        assertEquals(List.of(), Warnings.inspect(model, model.forward(x)));
        assertEquals(List.of(), Warnings.inspect(linear, linear.forward(x)));
      }
    }
  }

  @Test
  void parametersThatTheLossDoesNotKnow() {
    Sequential two = new Sequential(linear, new Linear(setup, 2, 2));
    Variable half = new CrossEntropy().of(linear.forward(x), labels);
    found(
        Warnings.inspect(two, half),
        Warnings.PARAMETER_WITHOUT_GRADIENT,
        "[1.weight, 1.bias]",
        "trainable(false)");
    two.children().get("1").trainable(false);
    assertEquals(List.of(), Warnings.inspect(two, half));
  }

  @Test
  void operandsThatAreBothRepeated() {
    Linear one = new Linear(setup, 3, 1);
    Variable target = Variable.of(Tensor.of(Small.DEVICE, new float[] {1, 2}, 2));
    found(
        Warnings.inspect(one, one.forward(x).sub(target).square().mean()),
        Warnings.SILENT_BROADCAST,
        "[2, 1] and [2]",
        "[2, 2]");
    // A bias for each row that was meant for each column.
    Variable bias = Variable.of(Tensor.zeros(Small.DEVICE, DType.F32, 5));
    found(
        Warnings.inspect(one, one.forward(x).add(bias).mean()),
        Warnings.SILENT_BROADCAST,
        "add of [2, 1] and [5]",
        "[2, 5]");
    // A bias of a row, and a factor, repeat one operand only.
    Variable fine =
        linear.forward(x).add(target).mul(Variable.of(Tensor.scalar(Small.DEVICE, DType.F32, 2)));
    assertEquals(List.of(), Warnings.inspect(linear, fine.mean()));
  }

  @Test
  void aTrainerLooksAtItsFirstStep() {
    Layer wrong =
        new Layer() {
          private final Linear inner = child("inner", new Linear(setup, 36, 3));

          @Override
          public Variable forward(Variable v) {
            return Softmax.softmax(inner.forward(v), 1);
          }
        };
    List<String> said = new ArrayList<>();
    new Trainer(new Classification(wrong), new Sgd(wrong, 0.1), Small.inOrder(), 1)
        .listener(new ProgressLog(said::add))
        .run();
    assertEquals(2, said.size(), said::toString);
    assertTrue(said.get(0).startsWith("warning: softmax-before-cross-entropy: "), said.get(0));
  }
}
