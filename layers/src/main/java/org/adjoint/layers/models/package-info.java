/** Ready-made models, shared by the command, the course and the benchmarks. */
@NullMarked
package org.adjoint.layers.models;

import org.jspecify.annotations.NullMarked;
