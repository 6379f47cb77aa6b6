package org.adjoint.layers.loss;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.layers.Network;
import org.adjoint.layers.Parameter;
import org.adjoint.layers.Setup;
import org.adjoint.layers.init.Initializers;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The loss of a word among many at the cost of the depth of a tree (Morin and Bengio, 2005), which
 * is Huffman's (1952), so that frequent words lie high (Mikolov et al., 2013). Each inner node n
 * has a vector vₙ and decides between its children with probability σ(h·vₙ) for the first: the loss
 * is −Σ ln σ(±h·vₙ) over the path to the word, and the probabilities of all words sum to 1.
 *
 * <p><b>Shapes</b> h [batch, width], words int32 [batch] → the mean over the batch.
 */
public final class HierarchicalSoftmax extends Network implements Loss {
  /**
   * A node of the tree: a word, or two nodes; the number of an inner node is that of its vector.
   */
  private record Node(long count, int number, @Nullable Node first, @Nullable Node second) {}

  private final Parameter nodes;
  private final int words;
  private final int depth;

  /** For each word and step of its path the node, its sign, and whether the step exists: 1 or 0. */
  private final Tensor paths;

  private final Tensor signs;
  private final Tensor exists;

  /**
   * Creates the tree.
   *
   * @param width of the vectors that predict
   * @param counts how often each word occurs; at least two words
   * @throws ArgumentException if there are fewer
   */
  public HierarchicalSoftmax(Setup setup, int width, long... counts) {
    if (counts.length < 2) {
      throw new ArgumentException(
          "hierarchical_softmax", "counts", counts.length + " words", "it needs two or more");
    }
    words = counts.length;
    List<List<int[]>> steps = steps(tree(counts.clone()), words);
    depth = steps.stream().mapToInt(List::size).max().orElseThrow();
    double[] path = new double[words * depth];
    double[] sign = new double[words * depth];
    double[] mask = new double[words * depth];
    for (int w = 0; w < words; w++) {
      for (int i = 0; i < steps.get(w).size(); i++) {
        path[w * depth + i] = steps.get(w).get(i)[0];
        sign[w * depth + i] = steps.get(w).get(i)[1];
        mask[w * depth + i] = 1;
      }
    }
    Tensor vectors = Tensor.owned(setup.device(), setup.dtype(), Shape.of(words - 1, width));
    nodes = parameter("nodes", Initializers.constant(0).fill(vectors, width, 1, setup.random()));
    paths = constant(setup, path, words, depth);
    signs = constant(setup, sign, words, depth);
    exists = constant(setup, mask, words, depth);
  }

  private static Tensor constant(Setup setup, double[] values, int... dims) {
    if (setup.dtype() == DType.F64) {
      return Tensor.of(setup.device(), values, dims);
    }
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return Tensor.of(setup.device(), floats, dims);
  }

  /** Huffman's tree: the two rarest nodes become one, until one is left; equal ones by number. */
  private static Node tree(long... counts) {
    Comparator<Node> rarest = Comparator.comparingLong(Node::count).thenComparingInt(Node::number);
    PriorityQueue<Node> open = new PriorityQueue<>(rarest);
    for (int w = 0; w < counts.length; w++) {
      // Words come before inner nodes of the same count.
      open.add(new Node(counts[w], w - counts.length, null, null));
    }
    for (int n = 0; n < counts.length - 1; n++) {
      Node a = Objects.requireNonNull(open.poll());
      Node b = Objects.requireNonNull(open.poll());
      open.add(new Node(a.count + b.count, n, a, b));
    }
    return Objects.requireNonNull(open.poll());
  }

  /** The steps to each word, as pairs of an inner node and a sign. */
  private static List<List<int[]>> steps(Node root, int words) {
    List<List<int[]>> all = new ArrayList<>(Collections.nCopies(words, List.of()));
    ArrayDeque<Map.Entry<Node, List<int[]>>> open = new ArrayDeque<>();
    open.add(Map.entry(root, List.of()));
    while (!open.isEmpty()) {
      Map.Entry<Node, List<int[]>> e = open.remove();
      Node node = e.getKey();
      if (node.first == null || node.second == null) {
        all.set(node.number + words, e.getValue());
      } else {
        open.add(Map.entry(node.first, longer(e.getValue(), node.number, 1)));
        open.add(Map.entry(node.second, longer(e.getValue(), node.number, -1)));
      }
    }
    return all;
  }

  private static List<int[]> longer(List<int[]> path, int node, int sign) {
    List<int[]> next = new ArrayList<>(path);
    next.add(new int[] {node, sign});
    return next;
  }

  /** Returns the number of steps of the longest path. */
  public int depth() {
    return depth;
  }

  /** Returns −ln of the probability of each word of a batch, [batch]. */
  public Variable each(Variable h, Tensor target) {
    if (target.rank() != 1 || h.shape().rank() != 2 || target.dim(0) != h.shape().dim(0)) {
      throw new ShapeException(
          "hierarchical_softmax",
          "target",
          target.shape(),
          "for h " + h.shape() + " it must be int32 [batch]");
    }
    int n = target.dim(0);
    int width = h.shape().dim(1);
    Tensor index = Tensor.result(target.device(), DType.I32, Shape.of(n, depth));
    Tensor found = Indexing.indexSelect(Variable.of(paths), 0, target).value();
    Backends.kernels(target.device()).elementwise().copy(found, index);
    Variable vectors =
        Indexing.indexSelect(nodes.variable(), 0, index.reshape(-1)).reshape(n, depth, width);
    Variable scores = h.reshape(n, 1, width).mul(vectors).sum(2);
    Variable sign = Indexing.indexSelect(Variable.of(signs), 0, target);
    Variable mask = Indexing.indexSelect(Variable.of(exists), 0, target);
    return Elementwise.unary(UnaryOp.SOFTPLUS, scores.mul(sign).neg()).mul(mask).sum(1);
  }

  @Override
  public Variable of(Variable prediction, Tensor target) {
    Checks.notEmpty("hierarchical_softmax", prediction);
    return each(prediction, target).mean();
  }

  @Override
  public String toString() {
    return "HierarchicalSoftmax(" + words + ")";
  }
}
