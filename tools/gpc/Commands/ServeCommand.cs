using System.CommandLine;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc serve MODEL...</c>: serves models over the Open Inference Protocol.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("serve",
            "Serves models over the Open Inference Protocol (KServe v2): REST and gRPC, with batching and metrics.");
        var models = new Argument<string[]>("MODEL")
        {
            Description = "Model files, and folders of models: FOLDER/NAME/VERSION/model.onnx. A file that is not compiled is planned first.",
            Arity = ArgumentArity.OneOrMore,
        };
        command.Add(models);
        var serve = new ServeArguments(command);
        var session = new SessionArguments(command, tf32: false);
        var machine = new MachineArguments(command);
        var operators = new OperatorsOption();
        var custom = new CustomOperatorsOption();
        var trust = new Option<bool>("--trust-engines") { Description = "Let engines run code that they carry with them." };
        command.Add(OptionGroup.Operators, operators.Option, custom.Option);
        command.Add(OptionGroup.Engines, trust);
        command.SetAction(parsed =>
        {
            MachineRequest where = machine.Request(parsed);
            ModelRequest Model(string path) =>
                new(path) { OperatorFiles = operators.Files(parsed), CustomOperators = custom.Paths(parsed) };
            var loaded = new Lazy<CustomOperators>(() => new ModelService(Model(""), _ => { }).CustomOperators);
            InferenceServer.Run(serve.Request(parsed), serving =>
            {
                foreach (string path in parsed.GetRequiredValue(models)) serving.Models.Add(path);
                ModelSessionOptions options = session.Options(parsed);
                serve.Apply(parsed, serving, options.Contexts);
                serving.Session = options with
                {
                    CustomOperators = loaded.Value,
                    DeviceId = where.Options.Ordinal,
                    Engines = new EngineUse
                    {
                        Machine = where.Options,
                        Trust = parsed.GetValue(trust),
                        Logger = ErrorStreamLogger.From(where.LogFrom),
                        Warn = warning => ModelReader.Warn([warning]),
                    },
                };
                serving.Extensions = [.. ModelFormat.All.Select(f => f.Extension)];
                serving.Open = (path, own) => IsCompiled(path) ? ModelSession.Load(path, own)
                    : ModelSession.Create(new ModelService(Model(path), _ => { }).Open().Compiled, own);
            });
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static bool IsCompiled(string path) =>
        ModelFormat.Of(path).IsOnnx && CompiledModelFormat.TryRead(path) is not null;
}
