import type { Plan } from '../../../dev/init/draft.ts';

/** The files of a scaffold by their paths. */
export type Scaffold = Readonly<Record<string, string>>;

/** `npm create vite@9.3.0 -- --template react-ts`, with a smaller `App`. */
export const REACT_TS: Scaffold = {
  'package.json': `{
  "name": "react-app",
  "private": true,
  "version": "0.0.0",
  "type": "module",
  "scripts": {
    "dev": "vite",
    "build": "tsc -b && vite build",
    "lint": "oxlint",
    "preview": "vite preview"
  },
  "dependencies": {
    "react": "^19.3.1",
    "react-dom": "^19.3.1"
  },
  "devDependencies": {
    "@types/node": "^24.19.2",
    "@types/react": "^19.3.0",
    "@types/react-dom": "^19.3.0",
    "@vitejs/plugin-react": "^6.1.2",
    "oxlint": "^1.88.0",
    "typescript": "~7.0.2",
    "vite": "^8.3.4"
  }
}
`,
  'index.html': `<!doctype html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <title>react-app</title>
  </head>
  <body>
    <div id="root"></div>
    <script type="module" src="/src/main.tsx"></script>
  </body>
</html>
`,
  'vite.config.ts': `import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// https://vite.dev/config/
export default defineConfig({
  plugins: [react()],
})
`,
  'tsconfig.json': `{
  "files": [],
  "references": [
    { "path": "./tsconfig.app.json" },
    { "path": "./tsconfig.node.json" }
  ]
}
`,
  'tsconfig.app.json': `{
  "compilerOptions": {
    "tsBuildInfoFile": "./node_modules/.tmp/tsconfig.app.tsbuildinfo",
    "target": "es2023",
    "lib": ["ES2023", "DOM"],
    "module": "esnext",
    "types": ["vite/client"],
    "allowArbitraryExtensions": true,
    "skipLibCheck": true,

    /* Bundler mode */
    "moduleResolution": "bundler",
    "allowImportingTsExtensions": true,
    "verbatimModuleSyntax": true,
    "moduleDetection": "force",
    "noEmit": true,
    "jsx": "react-jsx",

    /* Linting */
    "noUnusedLocals": true,
    "noUnusedParameters": true,
    "erasableSyntaxOnly": true,
    "noFallthroughCasesInSwitch": true
  },
  "include": ["src"]
}
`,
  'tsconfig.node.json': `{
  "compilerOptions": {
    "tsBuildInfoFile": "./node_modules/.tmp/tsconfig.node.tsbuildinfo",
    "target": "es2023",
    "lib": ["ES2023"],
    "types": ["node"],
    "skipLibCheck": true,

    /* Bundler mode */
    "module": "nodenext",
    "allowImportingTsExtensions": true,
    "verbatimModuleSyntax": true,
    "moduleDetection": "force",
    "noEmit": true,

    /* Linting */
    "noUnusedLocals": true,
    "noUnusedParameters": true,
    "erasableSyntaxOnly": true,
    "noFallthroughCasesInSwitch": true
  },
  "include": ["vite.config.ts"]
}
`,
  'src/main.tsx': `import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './index.css'
import App from './App.tsx'

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
`,
  'src/App.tsx': `export default function App() {
  return <h1>Get started</h1>
}
`,
  'src/index.css': ``,
};

/** `npm create vite@9.3.0 -- --template vanilla-ts`, with less in the page. */
export const VANILLA_TS: Scaffold = {
  'package.json': `{
  "name": "vanilla-app",
  "private": true,
  "version": "0.0.0",
  "type": "module",
  "scripts": {
    "dev": "vite",
    "build": "tsc && vite build",
    "preview": "vite preview"
  },
  "devDependencies": {
    "typescript": "~7.0.2",
    "vite": "^8.3.4"
  }
}
`,
  'index.html': `<!doctype html>
<html lang="en">
  <head>
    <meta charset="UTF-8" />
    <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
    <meta name="viewport" content="width=device-width, initial-scale=1.0" />
    <title>vanilla-app</title>
  </head>
  <body>
    <div id="app"></div>
    <script type="module" src="/src/main.ts"></script>
  </body>
</html>
`,
  'tsconfig.json': `{
  "compilerOptions": {
    "target": "es2023",
    "module": "esnext",
    "lib": ["ES2023", "DOM"],
    "types": ["vite/client"],
    "allowArbitraryExtensions": true,
    "skipLibCheck": true,

    /* Bundler mode */
    "moduleResolution": "bundler",
    "allowImportingTsExtensions": true,
    "verbatimModuleSyntax": true,
    "moduleDetection": "force",
    "noEmit": true,

    /* Linting */
    "noUnusedLocals": true,
    "noUnusedParameters": true,
    "erasableSyntaxOnly": true,
    "noFallthroughCasesInSwitch": true
  },
  "include": ["src"]
}
`,
  'src/counter.ts': `export function setupCounter(element: HTMLButtonElement) {
  let counter = 0
  const setCounter = (count: number) => {
    counter = count
    element.innerHTML = \`Count is \${counter}\`
  }
  element.addEventListener('click', () => setCounter(counter + 1))
  setCounter(0)
}
`,
  'src/main.ts': `import './style.css'
import { setupCounter } from './counter.ts'

document.querySelector<HTMLDivElement>('#app')!.innerHTML = \`
<section id="center">
  <button id="counter" type="button" class="counter"></button>
</section>
\`

setupCounter(document.querySelector<HTMLButtonElement>('#counter')!)
`,
  'src/style.css': ``,
};

/** `cdk init app --language typescript` of aws-cdk 2.1148.1, without the flags in `cdk.json`. */
export const CDK_TS: Scaffold = {
  'package.json': `{
  "name": "cdkapp",
  "version": "0.1.0",
  "scripts": {
    "build": "tsc",
    "watch": "tsc -w",
    "test": "jest",
    "cdk": "cdk"
  },
  "devDependencies": {
    "@swc/core": "^1.15.0",
    "@swc/jest": "^0.2.39",
    "@types/jest": "^30",
    "@types/node": "^24.10.1",
    "jest": "^30",
    "aws-cdk": "2.1148.1",
    "tsx": "^4.23.0",
    "typescript": "~7.0.2"
  },
  "dependencies": {
    "aws-cdk-lib": "^2.275.0",
    "constructs": "^10.5.0"
  }
}
`,
  'tsconfig.json': `{
  "compilerOptions": {
    "target": "ES2022",
    "module": "NodeNext",
    "moduleResolution": "NodeNext",
    "lib": [
      "es2022"
    ],
    "declaration": true,
    "strict": true,
    "noImplicitAny": true,
    "strictNullChecks": true,
    "noImplicitThis": true,
    "alwaysStrict": true,
    "noUnusedLocals": false,
    "noUnusedParameters": false,
    "noImplicitReturns": true,
    "noFallthroughCasesInSwitch": false,
    "inlineSourceMap": true,
    "inlineSources": true,
    "experimentalDecorators": true,
    "strictPropertyInitialization": false,
    "skipLibCheck": true,
    "typeRoots": [
      "./node_modules/@types"
    ],
    "noEmit": true,
    "isolatedModules": true,
    "types": [
      "jest",
      "node"
    ]
  },
  "exclude": [
    "node_modules",
    "cdk.out"
  ]
}
`,
  'lib/cdkapp-stack.ts': `import * as cdk from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
// import * as sqs from 'aws-cdk-lib/aws-sqs';

export class CdkappStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);

    // The code that defines your stack goes here

    // example resource
    // const queue = new sqs.Queue(this, 'CdkappQueue', {
    //   visibilityTimeout: cdk.Duration.seconds(300)
    // });
  }
}
`,
  'bin/cdkapp.ts': `#!/usr/bin/env node
import * as cdk from 'aws-cdk-lib/core';
import { CdkappStack } from '../lib/cdkapp-stack';

const app = new cdk.App();
new CdkappStack(app, 'CdkappStack', {});
`,
  'cdk.json': `{
  "app": "npx tsc && npx tsx bin/cdkapp.ts"
}
`,
};

/** A server as the guide of Express 5 has it, beside an application of Vite that asks it. */
export const EXPRESS: Scaffold = {
  'server.js': `import express from 'express'

const app = express()
const port = process.env.PORT || 3000

app.use(express.json())

app.get('/health', (req, res) => res.send('ok'))

// Who is there.
app.get('/api/me', (req, res) => {
  res.json({ name: 'nobody' })
})

app.listen(port, () => {
  console.log(\`Example app listening on port \${port}\`)
})
`,
};

/** An application of Vite with a server of Express in the same project. */
export function withExpress(vite: Scaffold, server = EXPRESS): Scaffold {
  const manifest = JSON.parse(vite['package.json']!);
  manifest.dependencies = { ...manifest.dependencies, express: '^5.3.0' };
  return { ...vite, ...server, 'package.json': `${JSON.stringify(manifest, null, 2)}\n` };
}

/** A scaffold after a plan was carried out. */
export function applied(scaffold: Scaffold, { changes }: Pick<Plan, 'changes'>): Scaffold {
  return { ...scaffold, ...Object.fromEntries(changes.map(({ path, after }) => [path, after])) };
}
