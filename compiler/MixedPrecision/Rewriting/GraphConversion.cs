using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.MixedPrecision.Choice;
using GraphPartition.MixedPrecision.Constants;

namespace GraphPartition.MixedPrecision.Rewriting;

/// <summary>Builds the graph of a plan: nodes that change their types are inferred again, the others keep their values.</summary>
internal sealed class GraphConversion(PrecisionOptions options, PassContext context, LowConstants constants)
{
    /// <summary>How many Casts were added.</summary>
    public int Casts => Added.Count;

    /// <summary>The Casts that were added.</summary>
    public List<Node> Added { get; } = [];

    /// <summary>What took the place of nodes that became 16 bits.</summary>
    public Dictionary<Node, Node> Copies { get; } = [];

    /// <summary>What took the place of nodes, in 16 bits or in FP32, where it is another node.</summary>
    public Dictionary<Node, Node> Placed { get; } = [];

    /// <summary>The FP32 constants that 16-bit constants of the main graph were made from.</summary>
    public Dictionary<Value, Value> Originals { get; private set; } = [];

    /// <summary>The converted main graph.</summary>
    public Graph Convert(GraphPlan plan) => Convert(plan, null);

    private Graph Convert(GraphPlan plan, ValueForms? outer)
    {
        var forms = new ValueForms(plan, options, context, constants, outer);
        foreach (Value input in plan.Graph.Inputs) AddInput(plan, forms, input);
        for (int n = 0; n < plan.Graph.Nodes.Length; n++) AddNode(plan, n, forms);
        Value[] outputs = [.. plan.Graph.Outputs.Select(v => forms.IsMain && plan.IsLowOutput(v) ? forms.Low(v) : forms.Full(v))];
        Added.AddRange(forms.Casts);
        if (forms.IsMain) Originals = forms.Originals;
        return forms.Builder.Build(outputs);
    }

    private void AddInput(GraphPlan plan, ValueForms forms, Value input)
    {
        TensorData? otherwise = plan.Graph.Defaults.GetValueOrDefault(input);
        if (plan.LowInputs.Contains(input))
            forms.SetLow(input, forms.Builder.Input(input.Name, forms.LowType(input),
                otherwise is null ? null : constants.Converted(otherwise), input.Metadata));
        else
        {
            forms.Builder.Input(input, otherwise);
            forms.SetFull(input, input);
        }
    }

    private void AddNode(GraphPlan plan, int n, ValueForms forms)
    {
        Node node = plan.Graph.Nodes[n];
        switch (plan.Choices[n].Role)
        {
            case NodeRole.CastToLow:
                AddCastToLow(node, forms);
                return;
            case NodeRole.CastFromLow or NodeRole.CastFromOther:
                AddCastToFull(node, forms, isFromLow: plan.Choices[n].Role == NodeRole.CastFromLow);
                return;
        }
        if (plan.IsLow[n]) AddLow(node, plan.Choices[n].Form!, forms);
        else AddFull(plan, n, forms);
    }

    /// <summary>A Cast to the format that the model has is the 16-bit form itself, which has its name.</summary>
    private static void AddCastToLow(Node node, ValueForms forms)
    {
        (Value low, Value y) = (forms.Low(node.Input(0)!), node.Output(0)!);
        if (forms.KeepsName(y) && low.Name != y.Name) // an output, and another one has that value
            low = forms.Builder.Define("Identity", [low], [y], AttributeMap.Empty, node.Name).Outputs[0]!;
        forms.SetBoth(y, low, low);
    }

    /// <summary>A Cast to FP32 that the model has: each form that is needed is cast from the source, so no Cast follows another.</summary>
    private static void AddCastToFull(Node node, ValueForms forms, bool isFromLow)
    {
        (Value x, Value y) = (forms.Full(node.Input(0)!), node.Output(0)!);
        bool isFullNeeded = forms.NeedsFull(y) || !forms.NeedsLow(y);
        Value? low = null;
        if (forms.NeedsLow(y))
            low = isFromLow ? x : forms.Cast(x, isFullNeeded ? forms.FreshLowName(y) : forms.LowName(y), forms.LowType(y));
        if (isFullNeeded)
        {
            var spec = new OutputSpec(forms.FullName(y), y.Type, y.Metadata);
            Value full = forms.Builder.Add("Cast", [x], [spec], node.Attributes, node.Name, 0, node.Metadata).Outputs[0]!;
            forms.SetBoth(y, full, low ?? full);
        }
        else forms.SetOnlyLow(y, low!);
    }

    private void AddLow(Node node, NodeForm form, ValueForms forms)
    {
        var inputs = new Value?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            if (node.Inputs[i] is { } v) inputs[i] = form.Inputs[i] ? forms.Low(v) : forms.Full(v);
        var outputs = new OutputSpec[node.Outputs.Length];
        for (int o = 0; o < outputs.Length; o++)
            if (node.Outputs[o] is { } v)
                outputs[o] = form.Outputs[o] ? new(forms.LowName(v), forms.LowType(v), v.Metadata)
                    : new(forms.FullName(v), v.Type, v.Metadata);
        AttributeMap attributes = node.Attributes;
        if (node.Op.Is("ConstantOfShape"))
            attributes = attributes.With("value", forms.Converted(attributes.Tensor("value")));
        Node copy = forms.Builder.Add(node.Op, inputs, outputs, attributes, node.Name, 0, node.Metadata);
        Copies[node] = Placed[node] = copy;
        for (int o = 0; o < outputs.Length; o++)
        {
            if (node.Outputs[o] is not { } v) continue;
            if (form.Outputs[o]) forms.SetLow(v, copy.Outputs[o]!);
            else forms.SetFull(v, copy.Outputs[o]!);
        }
    }

    private void AddFull(GraphPlan plan, int n, ValueForms forms)
    {
        Node node = plan.Graph.Nodes[n];
        bool isAny = plan.Choices[n].Role == NodeRole.Neutral;
        var inputs = new Value?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            if (node.Inputs[i] is { } v) inputs[i] = isAny ? forms.Any(v) : forms.Full(v);
        AttributeMap attributes = node.Attributes.Count == 0 ? node.Attributes
            : node.Attributes.MapBodies(body => Convert(plan.Bodies[body], forms));
        var outputs = new Value?[node.Outputs.Length];
        for (int o = 0; o < outputs.Length; o++)
            if (node.Outputs[o] is { } v)
                outputs[o] = forms.FullName(v) is var name && name == v.Name ? v : new Value(name, v.Type, null, v.Elements, v.Metadata);
        if (ReferenceEquals(attributes, node.Attributes) && inputs.AsSpan().SequenceEqual(node.Inputs.AsSpan())
            && outputs.AsSpan().SequenceEqual(node.Outputs.AsSpan())) forms.Builder.Append(node);
        else
        {
            Node copy = forms.Builder.Define(node.Op, inputs, outputs, attributes, node.Name, node.Version, node.Metadata);
            Placed[node] = copy;
            if (!ReferenceEquals(attributes, node.Attributes)) Copies[node] = copy;
        }
        for (int o = 0; o < outputs.Length; o++)
            if (node.Outputs[o] is { } v) forms.SetFull(v, outputs[o]!);
    }
}
