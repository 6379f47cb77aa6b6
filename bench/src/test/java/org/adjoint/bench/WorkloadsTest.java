package org.adjoint.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Setup;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.data.Dataset;
import org.adjoint.layers.models.Models;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.Sgd;
import org.adjoint.layers.train.Classification;
import org.adjoint.layers.train.Reconstruction;
import org.adjoint.layers.train.Task;
import org.adjoint.layers.train.Trainer;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A timed step does what a step of the training loop does. */
final class WorkloadsTest {
  private static final int EPOCHS = 13;

  private final Backend backend = Backends.get("cpu");

  /** The batches of a workload as one data set, in order. */
  private record Rows(Tensor[] inputs, Tensor[] targets, Shape shape) implements Dataset {
    @Override
    public int size() {
      return inputs.length * inputs[0].dim(0);
    }

    @Override
    public int classes() {
      return 10;
    }

    @Override
    public int label(int index) {
      Tensor t = targets[index / inputs[0].dim(0)];
      return t.dtype() == DType.I32 ? (int) t.get(index % inputs[0].dim(0)) : 0;
    }

    @Override
    public void read(int index, float[] target, int at) {
      int batch = inputs[0].dim(0);
      Tensor row = inputs[index / batch].select(0, index % batch);
      System.arraycopy(row.toFloatArray(), 0, target, at, shape.size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"mlp", "mlp_fat", "lenet5", "autoencoder"})
  void parametersAfterAHundredStepsEqualTheTrainingLoops(String name) {
    TrainingWorkload workload = (TrainingWorkload) Workloads.create(name, backend);
    for (int i = 0; i < EPOCHS * Workload.BATCHES; i++) {
      workload.step(i % Workload.BATCHES);
    }
    Setup setup = Setup.of(backend, DType.F32, 7);
    Layer model =
        switch (name) {
          case "mlp" -> Models.mlp(setup);
          case "mlp_fat" -> Models.mlpFat(setup);
          case "lenet5" -> Models.lenet5(setup);
          default -> Models.autoencoder(setup);
        };
    boolean classifier = !name.equals("autoencoder");
    Task task = classifier ? new Classification(model) : new Reconstruction(model);
    Optimizer optimizer = classifier ? new Sgd(model, 0.01, 0.9) : new Adam(model, 1e-3);
    Tensor[] inputs = workload.inputs();
    Shape sample = inputs[0].shape().remove(0);
    Rows rows = new Rows(inputs, workload.targets(), sample);
    DataLoader loader = new DataLoader(rows, inputs[0].dim(0), backend, DType.F32);
    new Trainer(task, optimizer, loader, EPOCHS).run();
    model
        .parameters()
        .forEach(
            (key, p) ->
                assertArrayEquals(
                    p.value().toFloatArray(),
                    workload.model().parameters().get(key).value().toFloatArray(),
                    key));
  }

  @ParameterizedTest
  @ValueSource(strings = {"vae", "gan", "dqn"})
  void replayedStepsHaveTheBitsOfSteps(String name) {
    StepWorkload eager = (StepWorkload) Workloads.create(name, backend);
    StepWorkload recorded = (StepWorkload) Workloads.create(name, backend);
    Workload replay = recorded.replay();
    for (int i = 0; i < Workload.BATCHES; i++) {
      eager.step(i);
      replay.step(i);
    }
    double[] losses = new double[2];
    int i = 0;
    for (StepWorkload w : new StepWorkload[] {eager, recorded}) {
      Variable[] operands =
          Arrays.stream(w.batches()[0]).map(Variable::of).toArray(Variable[]::new);
      losses[i++] = w.steps().run(operands).item();
    }
    assertTrue(Double.isFinite(losses[0]) && losses[0] != 0, name);
    assertEquals(losses[0], losses[1]);
  }

  @Test
  void aMeasurementIsOneLineOfJson() {
    Workload nothing =
        new Workload() {
          @Override
          public String name() {
            return "nothing";
          }

          @Override
          public void step(int batch) {
            Thread.onSpinWait();
          }
        };
    Measurement m = Measurement.of(nothing, backend, 1, 0.01, 3);
    assertTrue(m.steps() >= 3 && m.minMillis() <= m.medianMillis());
    assertTrue(m.warmUpSeconds() <= 4);
    assertTrue(
        m.json()
            .matches(
                "\\{\"workload\": \"nothing\", \"device\": \"cpu\", \"threads\": 1, \"median_ms\":"
                    + " .*\\}"));
  }

  @Test
  void aMatmulRateCountsTwoOperationsAnElementPair() {
    MatmulRate r = MatmulRate.of(backend, 16, 1, 0.05, 3, 100);
    assertTrue(r.gflops() > 0.01, r.json());
    assertTrue(r.json().contains("\"size\": 16"));
  }

  @Test
  void unknownWorkloadsAreRefused() {
    assertEquals("mlp", Workloads.names().get(0));
    assertThrows(ArgumentException.class, () -> Workloads.create("mpl", backend));
  }
}
