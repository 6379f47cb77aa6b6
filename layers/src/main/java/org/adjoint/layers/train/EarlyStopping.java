package org.adjoint.layers.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Network;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Stops when the model has not become better for some epochs (Morgan and Bourlard, 1990; Prechelt,
 * 1998), and puts its best parameters and buffers back when training is over.
 */
public final class EarlyStopping implements TrainingListener {
  private final Monitor monitor;
  private final int patience;
  private final double least;
  private final Map<String, Tensor> best = new LinkedHashMap<>();
  private @Nullable Trainer trainer;
  private boolean over;

  /** Stops after so many epochs without any improvement. */
  public EarlyStopping(Monitor monitor, int patience) {
    this(monitor, patience, 0);
  }

  /**
   * Creates the listener.
   *
   * @param monitor what to watch
   * @param patience epochs without improvement after which to stop, at least 1
   * @param least what an improvement must exceed, 0 or more
   * @throws ArgumentException if a number is outside its range
   */
  public EarlyStopping(Monitor monitor, int patience, double least) {
    if (patience < 1) {
      throw new ArgumentException(
          "early_stopping", "patience", patience, "it must be at least 1 epoch");
    }
    if (!(least >= 0)) {
      throw new ArgumentException("early_stopping", "least", least, "it must be 0 or more");
    }
    this.monitor = monitor;
    this.patience = patience;
    this.least = least;
  }

  @Override
  public void onAttach(Trainer to) {
    trainer = to;
  }

  @Override
  public void onEpoch(Progress progress, EpochResult result) {
    Trainer t = attached();
    int epoch = monitor.best(t.results, least);
    if (epoch == result.epoch()) {
      t.task().network().tensors().forEach(this::keep);
    }
    if (epoch > 0 && result.epoch() - epoch >= patience) {
      over = true;
      t.stop("no better " + monitor + " since epoch " + epoch);
    }
  }

  private void keep(String name, Tensor now) {
    Tensor mine =
        best.computeIfAbsent(name, k -> Tensor.owned(now.device(), now.dtype(), now.shape()));
    copy(now, mine);
  }

  @Override
  public void onEnd(History history) {
    Trainer t = attached();
    if (over || t.isDone()) {
      Network network = t.task().network();
      network
          .tensors()
          .forEach(
              (name, now) -> {
                Tensor mine = best.get(name);
                if (mine != null) {
                  copy(mine, now);
                }
              });
    }
  }

  private Trainer attached() {
    if (trainer == null) {
      throw new ArgumentException("early_stopping", "trainer", "missing", "add it as a listener");
    }
    return trainer;
  }

  private static void copy(Tensor from, Tensor to) {
    Backends.kernels(to.device()).elementwise().copy(from, to);
  }

  @Override
  public String stateName() {
    return "early_stopping";
  }

  @Override
  public Map<String, Tensor> state() {
    return best;
  }

  @Override
  public void restore(Map<String, Tensor> state) {
    best.clear();
    best.putAll(state);
  }
}
