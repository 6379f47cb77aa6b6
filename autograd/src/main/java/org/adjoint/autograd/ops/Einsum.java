package org.adjoint.autograd.ops;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;

/**
 * Einstein's summation convention: products of operands whose axes bear letters, summed over the
 * letters that the result does not have. It is made of diagonals, permutations, sums and matrix
 * products, operand by operand from the left.
 */
public final class Einsum {
  private static final String OP = "einsum";

  /** How many axes an ellipsis may stand for; they are numbered from the end. */
  private static final int ELLIPSIS = 1 << 16;

  /** An operand whose axes bear labels: characters, or numbers from {@link #ELLIPSIS} on. */
  private record Term(Variable value, List<Integer> labels) {}

  private final String equation;
  private final List<List<Integer>> inputs = new ArrayList<>();
  private final Map<Integer, Integer> extents = new HashMap<>();
  private List<Integer> output = List.of();

  private Einsum(String equation) {
    this.equation = equation;
  }

  /**
   * Returns the sum of products that the equation describes.
   *
   * <p>{@code "bij,bjk->bik"} is the batched matrix product; {@code "ii->i"} a diagonal, {@code
   * "ij->"} a sum, {@code "i,j->ij"} an outer product. An ellipsis stands for any number of axes,
   * which broadcast from the last on. Without an arrow the result has the axes of the ellipsis,
   * then the letters that occur once, in alphabetical order. Axes of extent 1 broadcast.
   *
   * <p><b>Backward</b> that of the parts it is made of. <b>Saved</b> what they save.
   *
   * @param equation letters a–z and A–Z, one list an operand, separated by commas; blanks are
   *     ignored
   * @throws ArgumentException if the equation is no such thing
   * @throws ShapeException if an operand has another number of axes, or extents differ
   */
  public static Variable einsum(String equation, Variable... operands) {
    Einsum e = new Einsum(equation);
    e.parse(operands);
    return e.evaluate(operands);
  }

  // ---- the equation -------------------------------------------------------------------------

  private ArgumentException wrong(String remedy) {
    return new ArgumentException(OP, "equation", equation, remedy);
  }

  private void parse(Variable... operands) {
    String text = equation.replace(" ", "");
    int arrow = text.indexOf("->");
    String[] lists = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
    if (lists.length != operands.length) {
      throw wrong("it describes " + lists.length + " operands, not " + operands.length);
    }
    int most = 0;
    for (int i = 0; i < lists.length; i++) {
      List<Integer> labels = labels(lists[i], operands[i].shape(), i);
      inputs.add(labels);
      most = Math.max(most, (int) labels.stream().filter(l -> l >= ELLIPSIS).count());
      measure(labels, operands[i].shape(), i);
    }
    output = arrow < 0 ? implicit(most) : labels(text.substring(arrow + 2), most);
    for (int i = 0; i < output.size(); i++) {
      int label = output.get(i);
      if (!extents.containsKey(label)) {
        throw wrong("no operand has the letter " + name(label) + " of the result");
      }
      if (output.indexOf(label) != i) {
        throw wrong("the result has the letter " + name(label) + " twice; repeat it in an operand");
      }
    }
  }

  private static String name(int label) {
    return label >= ELLIPSIS ? "..." : String.valueOf((char) label);
  }

  /** The labels of an operand, of which the ellipsis takes those axes that have no letter. */
  private List<Integer> labels(String list, Shape shape, int operand) {
    int letters = list.replace("...", "").length();
    int hidden = list.contains("...") ? shape.rank() - letters : 0;
    if (hidden < 0 || letters + hidden != shape.rank()) {
      throw new ShapeException(
          OP,
          "operand " + operand,
          shape,
          "\"" + list + "\" in \"" + equation + "\" describes " + letters + " axes");
    }
    return labels(list, hidden);
  }

  private List<Integer> labels(String list, int hidden) {
    List<Integer> labels = new ArrayList<>();
    boolean seen = false;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (list.startsWith("...", i) && !seen) {
        for (int h = hidden - 1; h >= 0; h--) {
          labels.add(ELLIPSIS + h);
        }
        seen = true;
        i += 2;
      } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        labels.add((int) c);
      } else {
        throw wrong("it holds \"" + c + "\"; axes are letters, and one ellipsis each");
      }
    }
    return labels;
  }

  private void measure(List<Integer> labels, Shape shape, int operand) {
    for (int a = 0; a < labels.size(); a++) {
      int extent = shape.dim(a);
      int known = extents.getOrDefault(labels.get(a), 1);
      if (extent != known && extent != 1 && known != 1) {
        throw new ShapeException(
            OP,
            "operand " + operand,
            shape,
            "the extent of " + name(labels.get(a)) + " in \"" + equation + "\" is " + known);
      }
      extents.put(labels.get(a), known == 1 ? extent : known);
    }
  }

  private List<Integer> implicit(int hidden) {
    List<Integer> result = labels("...", hidden);
    for (int c = 'A'; c <= 'z'; c++) {
      int label = c;
      if (inputs.stream().flatMap(List::stream).filter(l -> l == label).count() == 1) {
        result.add(label);
      }
    }
    return result;
  }

  // ---- the products -------------------------------------------------------------------------

  private Variable evaluate(Variable... operands) {
    Term product = prepare(operands[0], inputs.get(0));
    for (int i = 1; i < operands.length; i++) {
      List<Integer> later = new ArrayList<>(output);
      inputs.subList(i + 1, inputs.size()).forEach(later::addAll);
      Term next = prepare(operands[i], inputs.get(i));
      product = multiply(product, next, later);
    }
    Term result = sumAllBut(product, output);
    return permute(result, output).value();
  }

  /** Takes diagonals of repeated letters, and axes away that are to be broadcast. */
  private Term prepare(Variable x, List<Integer> given) {
    Variable value = x;
    List<Integer> labels = new ArrayList<>();
    for (int label : given) {
      int a = labels.size();
      if (value.shape().dim(a) == 1 && extents.getOrDefault(label, 1) != 1) {
        value = Views.squeeze(value, a);
      } else {
        labels.add(label);
      }
    }
    for (int label : given) {
      while (labels.indexOf(label) != labels.lastIndexOf(label)) {
        int first = labels.indexOf(label);
        int second = labels.lastIndexOf(label);
        value = Matrices.diagonal(value, 0, first, second);
        List<Integer> others = new ArrayList<>(labels.subList(0, first));
        others.addAll(labels.subList(first + 1, second));
        others.addAll(labels.subList(second + 1, labels.size()));
        others.add(label);
        labels = others;
      }
    }
    return new Term(value, labels);
  }

  private static Term sumAllBut(Term x, List<Integer> kept) {
    List<Integer> left = new ArrayList<>();
    List<Integer> axes = new ArrayList<>();
    for (int a = 0; a < x.labels().size(); a++) {
      if (kept.contains(x.labels().get(a))) {
        left.add(x.labels().get(a));
      } else {
        axes.add(a);
      }
    }
    if (axes.isEmpty()) {
      return x;
    }
    int[] summed = axes.stream().mapToInt(Integer::intValue).toArray();
    return new Term(Reductions.sum(x.value(), summed), left);
  }

  private static Term permute(Term x, List<Integer> order) {
    if (x.labels().equals(order)) {
      return x;
    }
    int[] axes = order.stream().mapToInt(x.labels()::indexOf).toArray();
    return new Term(Views.permute(x.value(), axes), order);
  }

  /** Multiplies and sums over the letters of both that nobody asks for later. */
  private Term multiply(Term left, Term right, List<Integer> later) {
    Term a = sumAllBut(left, union(later, right.labels()));
    Term b = sumAllBut(right, union(later, a.labels()));
    List<Integer> batch = new ArrayList<>();
    List<Integer> summed = new ArrayList<>();
    for (int label : a.labels()) {
      if (b.labels().contains(label)) {
        (later.contains(label) ? batch : summed).add(label);
      }
    }
    List<Integer> rows = without(a.labels(), b.labels());
    List<Integer> columns = without(b.labels(), a.labels());
    List<Integer> labels = union(union(batch, rows), columns);
    int[] dims = new int[labels.size()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = extents.getOrDefault(labels.get(i), 1);
    }
    int m = count(rows);
    int n = count(columns);
    int k = count(summed);
    Variable product;
    if (summed.isEmpty()) {
      Variable x = permute(a, union(batch, rows)).value().reshape(count(batch), m, 1);
      Variable y = permute(b, union(batch, columns)).value().reshape(count(batch), 1, n);
      product = x.mul(y);
    } else {
      // A matrix that lies the other way round is multiplied so, instead of being copied.
      boolean ta = a.labels().equals(union(union(batch, summed), rows));
      boolean tb = b.labels().equals(union(union(batch, columns), summed));
      List<Integer> x = ta ? a.labels() : union(union(batch, rows), summed);
      List<Integer> y = tb ? b.labels() : union(union(batch, summed), columns);
      product =
          Matmul.product(
              matrix(permute(a, x).value(), batch, ta ? k : m, ta ? m : k),
              ta,
              matrix(permute(b, y).value(), batch, tb ? n : k, tb ? k : n),
              tb);
    }
    return new Term(Views.reshape(product, Shape.of(dims)), labels);
  }

  private Variable matrix(Variable x, List<Integer> batch, int rows, int columns) {
    return batch.isEmpty()
        ? Views.reshape(x, Shape.of(rows, columns))
        : Views.reshape(x, Shape.of(count(batch), rows, columns));
  }

  private int count(List<Integer> labels) {
    int n = 1;
    for (int label : labels) {
      n *= extents.getOrDefault(label, 1);
    }
    return n;
  }

  private static List<Integer> union(List<Integer> a, List<Integer> b) {
    List<Integer> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  private static List<Integer> without(List<Integer> a, List<Integer> b) {
    List<Integer> rest = new ArrayList<>(a);
    rest.removeAll(b);
    return rest;
  }
}
