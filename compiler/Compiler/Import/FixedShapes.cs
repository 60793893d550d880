using GraphPartition.Operators;
using GraphPartition.Operators.Solving;

namespace GraphPartition.Compiler.Import;

/// <summary>
/// Puts sizes that the user fixes into the inputs of a model. Dimensions of one name are one size, so a size fixes it in every input. The
/// rest of the graph is inferred again: shape arithmetic becomes constant, an If on a size has one answer, and ranks that depend on it
/// appear. The inputs of the result are declared with the fixed sizes, so a run with other sizes is an error (GP5004).
/// </summary>
public static class FixedShapes
{
    /// <summary>The model with fixed sizes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="shapes">The shapes of some inputs, by name. A dimension that is not a known number stays as it is.</param>
    /// <param name="operators">Infers the types behind the inputs.</param>
    /// <returns>The model; the same object if nothing is new.</returns>
    /// <exception cref="ModelException">GP3020: no input has the name, or the shape does not fit; one diagnostic for each.</exception>
    public static Model In(Model model, IReadOnlyDictionary<string, Shape> shapes, OperatorTable operators)
    {
        if (shapes.Count == 0) return model;
        Dictionary<Value, IrType> types = TypesOf(model.Graph, shapes);
        if (types.Count == 0) return model;
        var scope = BuildScope.For(model.Graph);
        Graph graph = new TypeRefiner(operators, scope, v => types.GetValueOrDefault(v) ?? v.Type).Of(model.Graph);
        Diagnostic[] faults = [.. scope.Diagnostics.Where(d => d.Code.Severity == Severity.Error)
            .Select(d => CompilerCodes.BadInputShape.At(d.Where, $"with the fixed sizes, {d.Message}"))];
        return faults.Length == 0 ? model with { Graph = graph } : throw new ModelException(faults);
    }

    /// <summary>The new type of each input that gets one.</summary>
    private static Dictionary<Value, IrType> TypesOf(Graph graph, IReadOnlyDictionary<string, Shape> shapes)
    {
        var faults = new List<Diagnostic>();
        var named = new Dictionary<string, (long Size, string Input)>();
        Dictionary<string, Value> inputs = graph.Inputs.ToDictionary(v => v.Name);
        foreach ((string name, Shape shape) in shapes)
        {
            if (!inputs.TryGetValue(name, out Value? input)) Fault(name, $"the model has no such input{NearNames.Hint(name, inputs.Keys)}");
            else if (input.Type is not (TensorType or UnknownType)) Fault(name, $"the input is {input.Type}, which has no shape");
            else if (input.Shape is { } declared && declared.Rank != shape.Rank)
                Fault(name, $"{shape.Rank} dimensions are given, the input is {input.Type}");
            else if (input.Shape is { } dims) Name(name, dims, shape);
        }
        if (faults.Count > 0) throw new ModelException(faults);

        var types = new Dictionary<Value, IrType>();
        foreach (Value input in graph.Inputs)
            if (TypeOf(input) is var type && !type.Equals(input.Type)) types.Add(input, type);
        return types;

        void Name(string name, Shape dims, Shape shape)
        {
            for (int axis = 0; axis < dims.Rank; axis++)
            {
                if (!shape[axis].IsKnown) continue;
                if (dims[axis].IsKnown && dims[axis] != shape[axis])
                    Fault(name, $"dimension {axis} is {dims[axis]} and cannot be {shape[axis]}");
                if (dims[axis].Symbol is not { } symbol || named.TryAdd(symbol, (shape[axis].Size, name))) continue;
                (long size, string other) = named[symbol];
                if (size != shape[axis].Size)
                    Fault(name, $"dimension {axis} ('{symbol}') is {shape[axis]}, but '{symbol}' is {size} in input '{other}'");
            }
        }

        IrType TypeOf(Value input)
        {
            Shape? given = shapes.GetValueOrDefault(input.Name);
            if (input.Shape is not { } dims) return given is null ? input.Type : new TensorType(input.ElementType, given);
            return input.Tensor! with
            {
                Shape = new Shape([.. dims.Select((dim, axis) => given?[axis] is { IsKnown: true } size ? size
                    : dim.Symbol is { } symbol && named.TryGetValue(symbol, out var found) ? found.Size : dim)]),
            };
        }

        void Fault(string where, string message) => faults.Add(CompilerCodes.BadInputShape.At(where, message));
    }
}
