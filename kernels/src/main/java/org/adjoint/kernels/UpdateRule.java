package org.adjoint.kernels;

import java.util.ArrayList;
import java.util.List;
import org.adjoint.tensor.ArgumentException;

/**
 * The formula of an optimizer: what a parameter and its state become in one step. Operand 0 is the
 * parameter p, operand 1 its gradient g, the operands after it are the state; the parameters of the
 * expressions are the numbers of an {@link UpdateStep}. All results are computed from the values
 * before the step, in one pass.
 *
 * <p>Momentum, for example, is two formulas and the names of what they use:
 *
 * <pre>{@code
 * Expr speed = Expr.fma(parameter(1), operand(2), operand(1));
 * Expr moved = Expr.fma(parameter(0), speed, operand(0));
 * UpdateRule rule =
 *     new UpdateRule("momentum", List.of("velocity"), List.of("−η", "μ"), moved, speed);
 * }</pre>
 *
 * <p>Make a rule once and keep it: backends know its compiled loop by it.
 */
public final class UpdateRule {
  private static final int GIVEN = 2;

  private final String name;
  private final List<String> states;
  private final List<String> numbers;
  private final List<Expr> results;
  private final int hash;

  /**
   * Creates a rule.
   *
   * @param name what the step is called in traces and tables
   * @param states the names of the state tensors
   * @param numbers the names of the numbers
   * @param results the new parameter, then the new value of each state tensor
   * @throws ArgumentException if there is not a formula for each, or one uses what has no name
   */
  public UpdateRule(String name, List<String> states, List<String> numbers, Expr... results) {
    this.name = name;
    this.states = List.copyOf(states);
    this.numbers = List.copyOf(numbers);
    this.results = List.of(results);
    this.hash = this.results.hashCode();
    boolean named = results.length == 1 + states.size();
    for (Expr e : results) {
      named &= e.operandCount() <= GIVEN + states.size() && e.parameterCount() <= numbers.size();
    }
    if (!named) {
      throw new ArgumentException(
          "UpdateRule",
          "results of " + name,
          this.results,
          "there must be one for the parameter and one for each of the states "
              + states
              + ", and they may use these and the numbers "
              + numbers);
    }
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns the names of the state tensors. */
  public List<String> states() {
    return states;
  }

  /** Returns the names of the numbers. */
  public List<String> numbers() {
    return numbers;
  }

  /** Returns the new parameter, then the new value of each state tensor. */
  public List<Expr> results() {
    return results;
  }

  /** Returns how many tensors a step takes: parameter, gradient and states. */
  public int tensors() {
    return GIVEN + states.size();
  }

  /** Returns the formulas as text, states first: {@code velocity ← fma(μ, velocity, g); p ← …}. */
  public String text() {
    List<String> operands = new ArrayList<>(List.of("p", "g"));
    operands.addAll(states);
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < states.size(); i++) {
      s.append(states.get(i)).append(" ← ");
      s.append(results.get(i + 1).text(operands, numbers)).append("; ");
    }
    return s.append("p ← ").append(results.getFirst().text(operands, numbers)).toString();
  }

  @Override
  public boolean equals(Object o) {
    return o == this
        || o instanceof UpdateRule r
            && r.hash == hash
            && r.name.equals(name)
            && r.states.equals(states)
            && r.numbers.equals(numbers)
            && r.results.equals(results);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return name;
  }
}
