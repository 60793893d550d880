namespace GraphPartition.Runtime.Steps;

/// <summary>A session of ONNX Runtime, and the names that the values of a step have in it.</summary>
/// <param name="Session">The session.</param>
/// <param name="Inputs">The name of each input of the step.</param>
/// <param name="Outputs">The name of each output of the step.</param>
internal sealed record NamedSession(InferenceSession Session, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs)
{
    /// <summary>A session that was created from the step's segment: its values have the order of the step.</summary>
    public static NamedSession Of(InferenceSession session) => new(session, session.InputNames, session.OutputNames);

    /// <summary>Reuses a session of the whole model for a segment that covers the model.</summary>
    /// <returns>Null if its names differ from those of the segment.</returns>
    public static NamedSession? Of(InferenceSession whole, GraphSegment segment)
    {
        string[] inputs = [.. segment.Inputs.Select(v => v.Name)], outputs = [.. segment.Outputs.Select(v => v.Name)];
        return inputs.All(name => whole.InputNames.Contains(name) || whole.OverridableInitializerMetadata.ContainsKey(name))
            && outputs.All(whole.OutputNames.Contains) ? new(whole, inputs, outputs) : null;
    }
}

/// <summary>The values of one frame, bound to a session.</summary>
internal sealed class OrtBinding : IDisposable
{
    private readonly NamedSession _session;
    private readonly OrtIoBinding _binding;
    private readonly OrtMemoryInfo[] _outputMemory;
    private readonly OrtValue?[] _inputs;
    private readonly OrtValue?[] _outputs;
    private readonly bool _mayBeEmpty;

    /// <summary>A binding without values.</summary>
    /// <param name="session">The session.</param>
    /// <param name="placement">Where it takes its values.</param>
    /// <param name="device">The memory of the device; null for the host.</param>
    public OrtBinding(NamedSession session, StepPlacement placement, OrtMemoryInfo? device)
    {
        _session = session;
        _binding = session.Session.CreateIoBinding();
        _inputs = new OrtValue?[placement.Inputs.Length];
        _outputs = new OrtValue?[placement.Outputs.Length];
        _outputMemory = [.. placement.Outputs.Select(p => p == MemoryPlace.Device ? device! : OrtMemoryInfo.DefaultInstance)];
        _mayBeEmpty = OptionalResults.MayBeEmpty(session.Session, session.Outputs);
        // Results are returned in the order in which outputs are bound first.
        for (int i = 0; i < _outputMemory.Length; i++) _binding.BindOutputToDevice(session.Outputs[i], _outputMemory[i]);
    }

    /// <summary>Binds the values that are other objects than before, and runs.</summary>
    public void Run(StepFrame frame, RunOptions options)
    {
        for (int i = 0; i < _inputs.Length; i++)
        {
            // ONNX Runtime takes an unbound input as an empty optional.
            OrtValue? input = frame.Inputs[i] is { } given && !OptionalResults.IsEmpty(given) ? given : null;
            if (ReferenceEquals(_inputs[i], input)) continue;
            if (input is null)
            {
                // An optional that is empty now. Only all inputs can be unbound together.
                _binding.ClearBoundInputs();
                Array.Clear(_inputs);
                i = -1;
                continue;
            }
            _binding.BindInput(_session.Inputs[i], input);
            _inputs[i] = input;
        }
        bool hasNewOutputs = false;
        for (int i = 0; i < _outputs.Length; i++)
        {
            OrtValue? output = frame.Outputs[i];
            hasNewOutputs |= output is null;
            // The binding would write its result of an earlier run again, so this output is bound in each run.
            if (output is null) _binding.BindOutputToDevice(_session.Outputs[i], _outputMemory[i]);
            else if (!ReferenceEquals(_outputs[i], output)) _binding.BindOutput(_session.Outputs[i], output);
            _outputs[i] = output;
        }
        _session.Session.RunWithBinding(options, _binding);
        if (hasNewOutputs) TakeOutputs(frame);
    }

    public void Dispose() => _binding.Dispose();

    /// <summary>Moves new results to the frame. The collection is not disposed: that would dispose all results together.</summary>
    private void TakeOutputs(StepFrame frame)
    {
        int i = 0;
        foreach (OrtValue result in _mayBeEmpty ? OptionalResults.Of(_binding) : (IEnumerable<OrtValue>)_binding.GetOutputValues())
        {
            if (frame.Outputs[i] is null) frame.Outputs[i] = result;
            else result.Dispose();
            i++;
        }
    }
}
