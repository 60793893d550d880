namespace GraphPartition.EngineBuilder;

/// <summary>Tries whether engines can be built: a builder is created and builds an engine of one node.</summary>
public static class BuilderTrial
{
    /// <summary>Tries it.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="options">How to build: in a worker, if they name one.</param>
    /// <returns>Why no engine can be built; null if one was.</returns>
    public static Diagnostic? Run(BuildMachine machine, EngineOptions options)
    {
        using GroupBuilder builder = new(machine, options, _ => { });
        try
        {
            builder.Probe(options.Build);
            return null;
        }
        catch (EnvironmentException e)
        {
            return e.Diagnostic;
        }
        catch (ModelException e)
        {
            return e.Diagnostics[0];
        }
    }
}
