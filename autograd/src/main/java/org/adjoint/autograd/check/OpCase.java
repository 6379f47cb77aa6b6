package org.adjoint.autograd.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;

/**
 * One line of the catalogue: an op with its settings, the shapes, memory layouts and value ranges
 * of its operands, and the rule by which its results are judged. Everything that is checked about
 * an op is checked over these cases. Operands are drawn from a hash of the {@link #id}.
 */
public final class OpCase {
  /** How the op is called on the operands of a case. */
  @FunctionalInterface
  public interface Body {
    /** Applies the op. */
    Variable apply(Variable[] inputs);
  }

  private final String op;
  private final String id;
  private final Kernels.Family family;
  private final String formula;
  private final String gradient;
  private final String note;
  private final String remark;
  private final Map<String, Object> settings;
  private final List<Input> inputs;
  private final Rule rule;
  private final boolean recorded;
  private final boolean eager;
  private final Body body;

  private OpCase(Builder b, Body body) {
    op = b.op;
    family = b.family;
    formula = b.formula;
    gradient = b.gradient;
    note = b.note;
    remark = b.remark;
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(b.settings));
    inputs = List.copyOf(b.inputs);
    rule = b.rule;
    recorded = b.recorded;
    eager = b.eager;
    this.body = body;
    id = identify();
  }

  /**
   * Starts a case of an op.
   *
   * @param op the name of the op
   * @param formula its value, in one line
   * @param gradient its gradient, in one line
   */
  public static Builder of(String op, String formula, String gradient) {
    return new Builder(op, formula, gradient);
  }

  private String identify() {
    StringBuilder s = new StringBuilder(op);
    char separator = '/';
    for (Map.Entry<String, Object> e : settings.entrySet()) {
      s.append(separator).append(e.getKey()).append('=').append(text(e.getValue()));
      separator = ',';
    }
    separator = '/';
    for (Input input : inputs) {
      s.append(separator).append(text(input.shape().toArray()));
      if (input.view() != Input.View.DENSE) {
        s.append('@').append(input.view().name().toLowerCase(Locale.ROOT));
      }
      separator = ',';
    }
    if (!remark.isEmpty()) {
      s.append('/').append(remark);
    }
    return s.toString();
  }

  private static String text(Object value) {
    if (value instanceof int[] list) {
      StringBuilder s = new StringBuilder();
      for (int v : list) {
        s.append(s.isEmpty() ? "" : "x").append(v);
      }
      return s.isEmpty() ? "scalar" : s.toString();
    }
    return String.valueOf(value);
  }

  /** Returns the name of the op, the row of the published table. */
  public String op() {
    return op;
  }

  /** Returns the name of the case, unique in the catalogue: {@code softmax/axis=1/2x3}. */
  public String id() {
    return id;
  }

  /** Returns the family of kernels that computes it. */
  public Kernels.Family family() {
    return family;
  }

  /** Returns the value as a formula. */
  public String formula() {
    return formula;
  }

  /** Returns the gradient as a formula; empty if there is none. */
  public String gradient() {
    return gradient;
  }

  /** Returns where the op is defined and which subgradient it takes at kinks; may be empty. */
  public String note() {
    return note;
  }

  /** Returns the word that tells the case from others of the same shapes; usually empty. */
  String remark() {
    return remark;
  }

  /**
   * Returns the settings in the order in which they were given: values are {@code Integer}, {@code
   * Double}, {@code Boolean} or {@code int[]}.
   */
  public Map<String, Object> settings() {
    return settings;
  }

  /** Returns the operands in the order in which {@link Body#apply} takes them. */
  public List<Input> inputs() {
    return inputs;
  }

  /** Returns how results are judged. */
  public Rule rule() {
    return rule;
  }

  /** Returns whether PyTorch has the op, so that its values can be recorded. */
  public boolean recorded() {
    return recorded;
  }

  /** Returns whether the op reads values in Java, so that no step with it can be recorded. */
  public boolean isEager() {
    return eager;
  }

  /** Returns whether any operand has a gradient. */
  public boolean isDifferentiable() {
    for (Input input : inputs) {
      if (input.role() == Input.Role.DIFFERENTIABLE) {
        return true;
      }
    }
    return false;
  }

  /** Returns the elements of operand {@code i} in row-major order. */
  public double[] values(int i) {
    return inputs.get(i).draw(id, i);
  }

  /** Returns the operands on a device; those with a gradient are parameters. */
  public Variable[] variables(Device device, DType dtype) {
    Variable[] v = new Variable[inputs.size()];
    for (int i = 0; i < v.length; i++) {
      v[i] = variable(i, values(i), device, dtype);
    }
    return v;
  }

  /** Returns operand {@code i} with the given elements. */
  Variable variable(int i, double[] elements, Device device, DType dtype) {
    Input input = inputs.get(i);
    var tensor = input.place(elements, device, dtype);
    return input.role() == Input.Role.DIFFERENTIABLE
        ? Variable.parameter(tensor)
        : Variable.of(tensor);
  }

  /** Applies the op to operands as {@link #variables} makes them. */
  public Variable apply(Variable... operands) {
    return body.apply(operands);
  }

  @Override
  public String toString() {
    return id;
  }

  /** Collects what a case needs. */
  public static final class Builder {
    private final String op;
    private final String formula;
    private final String gradient;
    private final Map<String, Object> settings = new LinkedHashMap<>();
    private final List<Input> inputs = new ArrayList<>();
    private Kernels.Family family = Kernels.Family.ELEMENTWISE;
    private String note = "";
    private String remark = "";
    private Rule rule = Rule.sensitivity(1);
    private boolean recorded;
    private boolean eager;
    private Input.View view = Input.View.DENSE;

    private Builder(String op, String formula, String gradient) {
      this.op = op;
      this.formula = formula;
      this.gradient = gradient;
    }

    /** Names the family of kernels that computes the op; element-wise unless told. */
    public Builder family(Kernels.Family value) {
      family = value;
      return this;
    }

    /**
     * Names a setting.
     *
     * @param value an {@code Integer}, {@code Double}, {@code Boolean} or {@code int[]}
     */
    public Builder with(String name, Object value) {
      settings.put(name, value instanceof int[] list ? list.clone() : value);
      return this;
    }

    /** Says where the op is defined and which subgradient it takes at kinks. */
    public Builder note(String value) {
      note = value;
      return this;
    }

    /** Adds a word to the id, to tell cases apart that differ in their values only. */
    public Builder remark(String word) {
      remark = word;
      return this;
    }

    /** Sets how the operands that follow lie in memory. */
    public Builder view(Input.View value) {
      view = value;
      return this;
    }

    /** Adds an operand whose gradient is checked. */
    public Builder input(String name, Values values, int... dims) {
      return add(name, Input.Role.DIFFERENTIABLE, false, values, dims);
    }

    /** Adds an operand without a gradient. */
    public Builder plain(String name, Values values, int... dims) {
      return add(name, Input.Role.PLAIN, false, values, dims);
    }

    /** Adds an int32 operand. */
    public Builder integers(String name, Values values, int... dims) {
      return add(name, Input.Role.PLAIN, true, values, dims);
    }

    /** Adds a tensor that is a setting of the op, int32 or floating. */
    public Builder setting(String name, boolean integer, Values values, int... dims) {
      return add(name, Input.Role.SETTING, integer, values, dims);
    }

    private Builder add(String name, Input.Role role, boolean integer, Values values, int... dims) {
      inputs.add(new Input(name, role, integer, Shape.of(dims), view, values));
      return this;
    }

    /** Sets how results are judged; {@link Rule#sensitivity} of 1 unless told. */
    public Builder rule(Rule value) {
      rule = value;
      return this;
    }

    /** Judges by an expression over the operands. */
    Builder elementwise(Expr value, double... parameters) {
      return rule(Rule.elementwise(value, parameters));
    }

    /** Says that PyTorch has the op under this name and with these settings. */
    public Builder recorded() {
      recorded = true;
      return this;
    }

    /** Says that the op reads values in Java, so that no step with it can be recorded. */
    public Builder eager() {
      eager = true;
      return this;
    }

    /**
     * Finishes the case.
     *
     * @throws ArgumentException if there is no operand
     */
    public OpCase applying(Body body) {
      if (inputs.isEmpty()) {
        throw new ArgumentException(
            "OpCase", "inputs of " + op, "empty", "an op computes on the device of its operands");
      }
      return new OpCase(this, body);
    }

    @Override
    public String toString() {
      return op + inputs + Arrays.toString(settings.keySet().toArray());
    }
  }
}
