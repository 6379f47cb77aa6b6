package org.adjoint.layers.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.adjoint.autograd.Graph;
import org.adjoint.layers.Network;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.Batches;
import org.adjoint.layers.optim.WeightAverage;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Averages the parameters while they are trained, and leaves the average in the network when all
 * epochs are done: exponentially over the steps (EMA), or equally over the ends of the last epochs
 * (SWA, Izmailov et al., 2018). Training itself goes on with the parameters as they are; a training
 * that was stopped is saved and resumed with both.
 *
 * <pre>{@code
 * trainer.listener(Averaging.exponential(0.999));
 * trainer.listener(Averaging.ofEpochs(10).statistics(loader));
 * }</pre>
 */
public final class Averaging implements TrainingListener {
  private static final String EXCHANGED = "exchanged";

  private final Function<Network, WeightAverage> kind;
  private final int firstEpoch;
  private final boolean everyStep;
  private @Nullable Batches statistics;
  private @Nullable Trainer trainer;
  private @Nullable WeightAverage average;

  /** Whether the network has the average, and the average what was trained. */
  private boolean exchanged;

  private Averaging(Function<Network, WeightAverage> kind, int firstEpoch, boolean everyStep) {
    this.kind = kind;
    this.firstEpoch = firstEpoch;
    this.everyStep = everyStep;
  }

  /**
   * Returns an exponential average over all steps.
   *
   * @param decay d in a ← d·a + (1−d)·p, in [0, 1)
   * @throws ArgumentException if it is outside that range
   */
  public static Averaging exponential(double decay) {
    if (!(decay >= 0 && decay < 1)) {
      throw new ArgumentException("averaging", "decay", decay, "it must be from 0 to less than 1");
    }
    return new Averaging(n -> WeightAverage.exponential(n, decay), 1, true);
  }

  /**
   * Returns an equal average of the parameters at the ends of epochs.
   *
   * @param first the first of them, from 1
   * @throws ArgumentException if it is less than 1
   */
  public static Averaging ofEpochs(int first) {
    if (first < 1) {
      throw new ArgumentException("averaging", "first", first, "epochs are counted from 1");
    }
    return new Averaging(WeightAverage::equal, first, false);
  }

  /**
   * Passes these batches through the network in training mode once it has the average: running
   * statistics of batch norm, which are not averaged, then fit it. Returns this listener.
   */
  public Averaging statistics(Batches batches) {
    statistics = batches;
    return this;
  }

  /** Returns the average so far. */
  public WeightAverage average() {
    return Objects.requireNonNull(average, "the listener has no trainer yet");
  }

  @Override
  public void onAttach(Trainer to) {
    trainer = to;
    average = kind.apply(to.task().network());
  }

  /** A training that is resumed for more epochs goes on from what it had trained. */
  @Override
  public void onStart(Progress progress) {
    Trainer t = trainer;
    if (exchanged && t != null && !t.isDone()) {
      average().exchange();
      exchanged = false;
    }
  }

  @Override
  public void onBatch(Progress progress) {
    if (everyStep) {
      average().update();
    }
  }

  @Override
  public void onEpoch(Progress progress, EpochResult result) {
    if (!everyStep && result.epoch() >= firstEpoch) {
      average().update();
    }
  }

  @Override
  public void onEnd(History history) {
    Trainer t = trainer;
    if (t == null || !t.isDone() || exchanged || average().updates() == 0) {
      return;
    }
    average().exchange();
    exchanged = true;
    Batches all = statistics;
    if (all != null) {
      refresh(t.task(), all);
    }
  }

  private static void refresh(Task task, Batches all) {
    Network network = task.network();
    network.train();
    try (Graph.NoGrad _ = Graph.noGrad()) {
      for (Batch batch : all) {
        try (Scope _ = Scope.open()) {
          var _ = task.loss(batch, new Metrics());
        }
      }
    } finally {
      network.eval();
    }
  }

  @Override
  public String stateName() {
    return everyStep ? "exponential_average" : "epoch_average";
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>(average().state());
    Tensor like = state.values().iterator().next();
    state.put(EXCHANGED, Tensor.of(like.device(), new int[] {exchanged ? 1 : 0}, 1));
    return state;
  }

  @Override
  public void restore(Map<String, Tensor> state) {
    average().restore(state);
    Tensor done = state.get(EXCHANGED);
    exchanged = done != null && done.toIntArray()[0] == 1;
  }
}
