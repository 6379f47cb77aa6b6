package org.adjoint.layers.train;

import java.util.List;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.layers.Layer;
import org.adjoint.layers.Network;
import org.adjoint.layers.data.Batch;
import org.adjoint.layers.data.DataLoader;
import org.adjoint.layers.loss.CrossEntropy;
import org.adjoint.layers.loss.Loss;
import org.adjoint.layers.metrics.ConfusionMatrix;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** Naming the class of each sample: the model gives logits [batch, classes]. */
public final class Classification implements RecordableTask {
  private final Layer model;
  private final Loss loss;
  private int[] predicted = {};
  private int[] actual = {};

  /** Creates the task with the cross-entropy. */
  public Classification(Layer model) {
    this(model, new CrossEntropy());
  }

  /** Creates the task with a loss of logits and int32 labels. */
  public Classification(Layer model, Loss loss) {
    this.model = model;
    this.loss = loss;
  }

  @Override
  public Network network() {
    return model;
  }

  @Override
  public List<Variable> outputs(Batch batch) {
    Variable logits = model.forward(Variable.of(batch.x()));
    int n = batch.size();
    if (logits.shape().rank() != 2 || logits.shape().dim(0) != n) {
      throw new ShapeException(
          "classification", "logits", logits.shape(), "the model must give [" + n + ", classes]");
    }
    Variable result = loss.of(logits, batch.labels());
    Tensor values = logits.value();
    Tensor best = Tensor.result(values.device(), DType.I32, Shape.of(n));
    Backends.kernels(values.device()).reductions().argReduce(true, values, 1, best);
    return List.of(result, Variable.of(best));
  }

  @Override
  public void count(List<Tensor> outputs, Batch batch, Metrics metrics) {
    int n = batch.size();
    if (predicted.length < n) {
      predicted = new int[n];
      actual = new int[n];
    }
    read(outputs.get(1), predicted, n);
    read(batch.labels(), actual, n);
    int right = 0;
    for (int i = 0; i < n; i++) {
      right += predicted[i] == actual[i] ? 1 : 0;
    }
    metrics.correct(right, n);
  }

  private static void read(Tensor from, int[] to, int n) {
    from.device().download(from.storage(), from.layout().offset(), to, 0, n);
  }

  /**
   * What a model did on a data set.
   *
   * @param loss mean loss a sample
   * @param accuracy share of right answers
   * @param confusion how often which class was taken for which
   * @param predicted the class given to each sample, in the order of the data set
   */
  public record Report(double loss, double accuracy, ConfusionMatrix confusion, int[] predicted) {}

  /** Runs the model in evaluation mode over one epoch of a loader. */
  public Report report(DataLoader loader) {
    ConfusionMatrix confusion = new ConfusionMatrix(loader.data().classes());
    int[] given = new int[loader.data().size()];
    Metrics metrics = new Metrics();
    boolean before = model.isTraining();
    model.eval();
    try (Graph.NoGrad _ = Graph.noGrad()) {
      for (Batch batch : loader) {
        try (Scope _ = Scope.open()) {
          metrics.loss(loss(batch, metrics).item(), batch.size());
          for (int i = 0; i < batch.size(); i++) {
            confusion.add(actual[i], predicted[i]);
            given[batch.indices()[i]] = predicted[i];
          }
        }
      }
    } finally {
      model.mode(before);
    }
    return new Report(metrics.loss(), metrics.accuracy(), confusion, given);
  }
}
